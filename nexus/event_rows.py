"""Rows of the bus's event log: how they are fetched and what a caller is shown of one."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, NotRequired, TypedDict

from nexus import audience, sql
from nexus.models import Stream
from pulse_project.core import clock

COLUMNS = (
    "e.seq, w.workspace_id, e.stream, e.type, e.actor, e.principal, e.visibility, e.handoff_id, e.task_id, e.audience,"
    " e.payload, e.created_us FROM nexus_event e JOIN nexus_workspace w ON w.id = e.workspace_id"
)
STREAM_NAMES: Mapping[int, str] = {stream.value: stream.label for stream in Stream}

_BY_SEQ = sql.Statement(f"SELECT {COLUMNS} WHERE e.seq {{in}} ORDER BY e.seq")


class EventRow(NamedTuple):
    """One event as stored. `audience` and `payload` are JSON text, `workspace_id` is the public id."""

    seq: int
    workspace_id: str
    stream: int
    type: str
    actor: str
    principal: str
    visibility: int
    handoff_id: str | None
    task_id: str | None
    audience: str
    payload: str
    created_us: int

    def admitted(self) -> Mapping[str, int]:
        """The audience keys that see it; parsed once for all who wait."""
        return _decoded(self.audience)

    def content(self) -> Any:
        """The payload as a value; None when the row is spoilt."""
        try:
            return json.loads(self.payload)
        except ValueError:
            return None


@lru_cache(maxsize=1024)
def _decoded(text: str) -> Mapping[str, int]:
    return audience.decode(text)


class EventItem(TypedDict):
    """One event on the wire; `payload` is left out of a summary. `actor_verified`: the actor's own key made it."""

    event_id: int
    workspace_id: str
    stream: str
    type: str
    payload: NotRequired[Any]
    actor_agent_id: str | None
    actor_verified: bool
    task_id: str | None
    handoff_id: str | None
    created_at: str


def by_seq(seqs: Iterable[int]) -> list[EventRow]:
    """The rows with these numbers, in order."""
    return [EventRow(*row) for row in sql.rows(_BY_SEQ, sql.many(seqs))]


def item(row: EventRow, *, is_full: bool = True) -> EventItem:
    shown: EventItem = {
        "event_id": row.seq,
        "workspace_id": row.workspace_id,
        "stream": STREAM_NAMES[row.stream],
        "type": row.type,
        "actor_agent_id": row.actor or None,
        "actor_verified": row.principal == f"agent:{row.actor}",
        "task_id": row.task_id,
        "handoff_id": row.handoff_id,
        "created_at": clock.iso(row.created_us) or "",
    }
    if is_full:
        shown["payload"] = row.content()
    return shown
