"""Where one event stands: how often it was sent again, and its neighbours of the same source."""

from dataclasses import dataclass

from telemetry import event_reads
from telemetry.event_reads import EventItem, Wanted
from telemetry.models import Event


@dataclass(frozen=True)
class Place:
    """`repeats` counts later copies; `older` and `newer` are next to it in the order of receipt."""

    repeats: int
    older: EventItem | None
    newer: EventItem | None


def place_of(event: EventItem) -> Place | None:
    """The place of a stored event, None when it is gone meanwhile. In a read transaction."""
    row = Event.objects.filter(event_id=bytes.fromhex(event["event_id"])).values_list("id", "repeats").first()
    if row is None:
        return None
    number, repeats = row
    source = event["source"]
    older = event_reads.page(Wanted(source=source, before=number), 1).events
    newer = event_reads.following(Wanted(source=source, after=number), 1).events
    return Place(repeats, older[0] if older else None, newer[0] if newer else None)
