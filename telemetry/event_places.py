"""Where one event stands: how often it was sent again, and its neighbours of the same source."""

from dataclasses import dataclass

from pulse_project.core.statements import execute
from telemetry import event_reads, event_rows
from telemetry.event_reads import EventItem, Wanted


@dataclass(frozen=True)
class Place:
    """`repeats` counts later copies; `older` and `newer` are next to it in the order of receipt."""

    repeats: int
    older: EventItem | None
    newer: EventItem | None


def place_of(event: EventItem) -> Place | None:
    """The place of a stored event, None when it is gone meanwhile. In a read transaction."""
    condition, values = event_rows.with_id(bytes.fromhex(event["event_id"]))
    row = execute(f"SELECT id, repeats FROM telemetry_event e WHERE {condition}", values).fetchone()  # noqa: S608
    if row is None:
        return None
    number, repeats = row
    source = event["source"]
    older = event_reads.page(Wanted(source=source, before=number), 1).events
    newer = event_reads.following(Wanted(source=source, after=number), 1).events
    return Place(repeats, older[0] if older else None, newer[0] if newer else None)
