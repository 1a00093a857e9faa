"""`metrics`: the published figures over stored events."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from telemetry import command_line as line
from telemetry.tables import fields, table

SPAN = {
    "since": "Stamps from this text on: 2026-01, 2026-01-31T10:00.",
    "from": "Instants from this one on, ISO 8601; without zone UTC.",
    "to": "Instants before this one, ISO 8601.",
    "source": "Only events of this source.",
}
MORE = {
    "counts": {"type": "Only events of this type."},
    "phases": {},
    "stop-reasons": {},
    "verification": {"target": "Only runs on this target."},
}
HELP = {
    "counts": "Events by type, source or version.",
    "phases": "What was closed in each phase.",
    "stop-reasons": "Why workflows stopped.",
    "verification": "Pass rates of verifications, by target and by day.",
}


class Command(BaseCommand):
    help = "Figures over stored events."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_subparsers(dest="what", required=True, metavar="|".join(HELP))
        for name, sentence in HELP.items():
            sub = choices.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
            if name == "counts":
                sub.add_argument("--by", choices=("type", "source", "version"), default="type", help="Default: type.")
            for flag, explanation in {**SPAN, **MORE[name]}.items():
                sub.add_argument(f"--{flag}", help=explanation)
            line.add_format(sub)
            line.document_store(sub)

    def handle(self, *args: Any, **options: Any) -> None:
        line.open_store()
        what = options["what"]
        wanted = {name: options.get(name) for name in (*SPAN, *MORE[what], "by")}
        found = line.answer(f"metrics_{what.replace('-', '_')}", **wanted)
        if options["format"] == line.JSON:
            return line.say_json(found)
        return line.say(_text(found, TEXTS[what]))


def _text(found: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> str:
    unsupported = found.get("unsupported_versions", 0)
    return text(found) + (f"\n{unsupported} event(s) skipped (unsupported version)" if unsupported else "")


def _counts(found: dict[str, Any]) -> str:
    return f"{_rows(found['groups'], ('key', 'count'), 'no events')}\ntotal: {found['total']}"


def _phases(found: dict[str, Any]) -> str:
    columns = ("phase", "closes", "tasks_done", "task_closes", "first_closed_at", "last_closed_at")
    return (
        f"{_rows(found['phases'], columns, 'no phases')}\n"
        f"{found['phase_count']} phase(s), {found['total_tasks_done']} task(s) done"
    )


def _stop_reasons(found: dict[str, Any]) -> str:
    return f"{_rows(found['stop_reasons'], ('reason', 'count'), 'no stop reasons')}\ntotal: {found['total']}"


def _verification(found: dict[str, Any]) -> str:
    totals = fields({name: found[name] for name in ("runs", "passed", "pass_rate", "checks_total", "checks_passed")})
    if not found["runs"]:
        return f"no verification runs\n{totals}"
    by_target = (
        "target", "runs", "passed", "pass_rate", "checks_total", "checks_passed", "last_run_at", "last_passed"
    )  # fmt: skip
    over_time = ("day", "runs", "passed", "pass_rate")
    return f"{totals}\n\n{_rows(found['per_target'], by_target, '')}\n\n{_rows(found['over_time'], over_time, '')}"


def _rows(rows: list[dict[str, Any]], columns: tuple[str, ...], none: str) -> str:
    return table(columns, [[row[name] for name in columns] for row in rows]) if rows else none


TEXTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "counts": _counts,
    "phases": _phases,
    "stop-reasons": _stop_reasons,
    "verification": _verification,
}
