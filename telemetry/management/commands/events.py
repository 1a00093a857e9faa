"""`events list` and `events show`: stored events, read from the store itself."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed
from telemetry import command_line as line
from telemetry.tables import fields, json_text, table

MOST_ID = 200  # of the operation; what is longer is no id either
FILTERS = ("type", "source", "since", "from", "to")


class Command(BaseCommand):
    help = "Read stored events: a list, newest first, or one by its id."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_subparsers(dest="what", required=True, metavar="list|show")
        listing = choices.add_parser("list", help="Events in the order of receipt, newest first.", allow_abbrev=False)
        listing.add_argument("--type", help="Exactly this event_type.")
        listing.add_argument("--source", help="Exactly this source.")
        listing.add_argument("--since", help="Stamps from this text on: 2026-01, 2026-01-31T10:00.")
        listing.add_argument("--from", help="Instants from this one on, ISO 8601; without zone UTC.")
        listing.add_argument("--to", help="Instants before this one, ISO 8601.")
        listing.add_argument("--limit", type=int, default=50, help="1 to 1000 events. Default: 50.")
        one = choices.add_parser("show", help="One event. Exit code 3 when there is none.", allow_abbrev=False)
        one.add_argument("event_id", help="The 64 hexadecimal digits of the content hash.")
        for sub in (listing, one):
            line.add_format(sub)
            line.document_store(sub)

    def handle(self, *args: Any, **options: Any) -> None:
        line.open_store()
        (_list if options["what"] == "list" else _show)(options)


def _list(options: dict[str, Any]) -> None:
    filters = {name: options[name] for name in FILTERS}
    found = line.answer("events_list", limit=options["limit"], **filters)
    if options["format"] == line.JSON:
        return line.say_json(found)
    rows = [[item["timestamp"], item["event_type"], item["source"], item["event_id"]] for item in found["events"]]
    return line.say(table(("event_ts", "type", "source", "event_id"), rows) if rows else "no events")


def _show(options: dict[str, Any]) -> None:
    event_id = options["event_id"]
    is_json = options["format"] == line.JSON
    try:
        found = line.answer("events_show", event_id=event_id[:MOST_ID])
    except Failure as failure:
        if failure.code is not Code.NOT_FOUND:
            raise
        if is_json:
            line.say_json({"error": "event not found", "event_id": event_id})
        else:
            line.say(f"error: event not found: {echoed(event_id)}")
        sys.exit(line.NOT_FOUND)
    if is_json:
        return line.say_json(found)
    payload = found.pop("payload")
    return line.say(f"{fields(found)}\n\npayload:\n{json_text(payload)}")
