"""The live topic `telemetry`: what was stored and what was refused, as counts; clients fetch the events."""

from typing import Final

from pulse_project.core import clock, domain_feed
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.topics import Frame, TopicKind, register_topic
from telemetry.journal import ENTITY, INGESTED, REJECTED

NAME: Final = "telemetry"
READ: Final = "telemetry.read"
KEY: Final = f"entity:{ENTITY[0]}:{ENTITY[1]}"  # in the domain log
SHOWN: Final = {
    INGESTED: ("count", "types", "others", "first_id", "last_id"),
    REJECTED: ("count", "reasons"),
}


def may_follow(caller: Caller, _arg: str = "") -> bool:
    """Who reads telemetry. Tokens that store events do not, whatever else they are given."""
    return caller.kind is not Kind.PRODUCER and caller.holds(READ)


def frame(entry: Entry) -> Frame | None:
    """`event.ingested` {count, types, others, first_id, last_id} or `batch.rejected` {count, reasons}.

    At most two of each a second and process. `types` names the 20 most frequent, `others` counts the rest; the ids are
    the numbers of the first and the last event, as in the stream of events.
    """
    names = SHOWN.get(entry.type)
    if names is None:
        return None
    row: domain_feed.DomainRow = entry.row
    data = {name: row.payload[name] for name in names if name in row.payload}
    return {"type": entry.type, "at": clock.iso(row.created_us), "actor": None, "ref": None, "rev": None, "data": data}


def rows(span: tuple[int, int], limit: int) -> list[Entry]:
    """The notices with span[0] < seq <= span[1]. Blocks."""
    return domain_feed.entity_rows(*ENTITY, span, limit)


def _read(_arg: str, _letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    return rows(span, limit)


register_topic(TopicKind(
    pattern=NAME,
    keys=lambda _arg: {"d": KEY},
    authorise=may_follow,
    frame=frame,
    visible=lambda _entry, _caller: True,
    read=_read,
))  # fmt: skip
