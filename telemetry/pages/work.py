"""Panels over what producers report of their work: phases, stop reasons, verifications, durations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from telemetry.pages.lines import Grade, bars, grade, percent, seconds_between
from telemetry.pages.look import Look, filterable_keys
from telemetry.rollups.contributions import PAYLOAD_VERSION, STOP_REASON, VERIFICATION, key_text

MOST_ROWS: Final = 50
TREND_DAYS: Final = 90
RUNS_READ: Final = 300  # newest runs that the strips are made of
STRIP: Final = 30
DAY_WIDTH: Final = 10  # units of the drawings
RUN_WIDTH: Final = 6
DAY_PIXELS: Final = 28


@dataclass(frozen=True)
class PhaseLine:
    """A phase; `seconds` lie between its first and last close, `width` compares tasks done, in percent."""

    name: str
    closes: int
    tasks_done: int
    task_closes: int
    first: str
    last: str
    seconds: float | None
    width: float


def phases(look: Look) -> dict[str, Any]:
    """Phases with closes, tasks and duration."""
    answer = look.figures("metrics_phases")
    rows = answer["phases"]
    most = max((row["tasks_done"] for row in rows), default=0)
    shown = [
        PhaseLine(
            row["phase"] or "(none)", row["closes"], row["tasks_done"], row["task_closes"], row["first_closed_at"],
            row["last_closed_at"], seconds_between(row["first_closed_at"], row["last_closed_at"]),
            percent(row["tasks_done"], most),
        )
        for row in rows[:MOST_ROWS]
    ]  # fmt: skip
    return {"answer": answer, "rows": shown, "left_out": len(rows) - len(shown), "is_empty": not rows}


def stop_reasons(look: Look) -> dict[str, Any]:
    """Stop reasons with their share, most frequent first; a row leads to its events."""
    answer = look.figures("metrics_stop_reasons")
    rows = answer["stop_reasons"]
    shown = bars((row["reason"], row["count"]) for row in rows)
    return {
        "answer": answer,
        "bars": shown,
        "knows_reasons": bool(rows) and "stop_reason" in filterable_keys(),
        "events_query": replace(look.filters, type=STOP_REASON, target="", payload=()).query,
        "is_empty": not rows,
    }


def durations(look: Look) -> dict[str, Any]:
    """Percentiles of `duration_ms` by type, in milliseconds."""
    chosen: dict[str, Any] = {"type": look.filters.type} if look.filters.type else {}
    rows = look.figures("metrics_durations", **chosen)["durations"]
    return {"rows": rows[:MOST_ROWS], "left_out": max(0, len(rows) - MOST_ROWS), "is_empty": not rows}


@dataclass(frozen=True)
class Day:
    """A day of the trend: `x`, `y` and `height` in a drawing 40 units high in which each day is `DAY_WIDTH` wide."""

    day: str
    runs: int
    passed: int
    pass_rate: float | None
    grade: Grade | None
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Target:
    """A target with its figures, grade, and its newest runs, oldest first (True = passed)."""

    row: Mapping[str, Any]
    grade: Grade | None
    runs: Sequence[bool]

    @property
    def name(self) -> str:
        return self.row["target"] or "(none)"

    @property
    def strip(self) -> list[tuple[int, bool]]:
        """The place of every run in the drawing, and whether it passed."""
        return [(place * RUN_WIDTH, passed) for place, passed in enumerate(self.runs)]

    @property
    def strip_width(self) -> int:
        return len(self.runs) * RUN_WIDTH

    @property
    def strip_words(self) -> str:
        """The strip for those who do not see it."""
        words = ", ".join("passed" if passed else "failed" for passed in self.runs)
        return f"Latest runs, oldest first: {words}"


def verification(look: Look) -> dict[str, Any]:
    """Runs, pass rate, checks, trend by day, and every target."""
    target = look.filters.target
    narrowed: dict[str, Any] = {"target": target} if target else {}
    answer = look.figures("metrics_verification", **narrowed)
    strips = _strips(look) if answer["runs"] else {}
    days = _trend(answer["over_time"])
    targets = answer["per_target"][:MOST_ROWS]
    return {
        "is_empty": False,
        "answer": answer,
        "grade": grade(answer["pass_rate"]),
        "days": days,
        "width": len(days) * DAY_WIDTH,
        "pixels": len(days) * DAY_PIXELS,
        "rows": [Target(row, grade(row["pass_rate"]), strips.get(row["target"], ())) for row in targets],
        "left_out": len(answer["per_target"]) - len(targets),
    }


def _trend(days: Sequence[Mapping[str, Any]]) -> list[Day]:
    found = []
    for place, row in enumerate(days[-TREND_DAYS:]):
        height = round(max(1.0, 40 * (row["pass_rate"] or 0)), 1)
        found.append(
            Day(**{name: row[name] for name in ("day", "runs", "passed", "pass_rate")}, grade=grade(row["pass_rate"]),
                x=place * DAY_WIDTH, y=round(40 - height, 1), height=height)
        )  # fmt: skip
    return found


def _strips(look: Look) -> dict[str, list[bool]]:
    """The newest runs of every target among the newest runs of all."""
    items = look.figures("events_list", type=VERIFICATION, limit=RUNS_READ)["events"]
    found: dict[str, list[bool]] = {}
    for target, passed in _runs(items):
        strip = found.setdefault(target, [])
        if len(strip) < STRIP:
            strip.insert(0, passed)
    return found


def _runs(items: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, bool]]:
    for item in items:
        if item["version"] == PAYLOAD_VERSION:
            yield key_text(item["payload"].get("target")), bool(item["payload"].get("passed"))
