"""The pool of open handoffs as one agent finds it, with an optional wait for the next one."""

from typing import Annotated, Any, TypedDict

from pydantic import BeforeValidator, Field, WithJsonSchema

from nexus import deadlines, directory, event_reads, feed, handoff_events, handoff_pool, leases, seen, trust, waiting
from nexus import workspaces as places
from nexus.catalog import catalog
from nexus.event_rows import EventRow
from nexus.fields import AgentId, ProjectRoot
from nexus.handoff_rows import HandoffItem, HandoffRow, item
from nexus.routing import Reader, is_eligible
from pulse_project.core import clock, db
from pulse_project.core.hub import Entry
from pulse_project.core.inputs import Input
from pulse_project.core.principals import IDENTITY, Caller

DEFAULT_LIMIT, MAX_LIMIT = 100, 500
MAX_CURSOR = 2**63 - 1


def _number(value: Any) -> int:
    """A cursor: null, a number, or its decimal text."""
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_CURSOR:
        raise ValueError("cursor takes what next_cursor answered: a number from 0 on, as text")
    return value


def _seconds(value: Any) -> float:
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError("timeout_seconds takes a number of seconds from 0 on")
    return float(value)


class HandoffListAvailable(Input):
    """Which agent looks, from where on, how long it waits."""

    project_root: ProjectRoot
    agent_id: AgentId
    cursor: Annotated[
        int,
        BeforeValidator(_number),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}], "default": None}),
    ] = Field(None, validate_default=True, description="next_cursor of the page before; null = the beginning.")
    limit: int | None = Field(None, ge=1, description="Handoffs per page: 100 by default, at most 500.")
    timeout_seconds: Annotated[
        float,
        BeforeValidator(_seconds),
        WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}], "default": None}),
    ] = Field(None, validate_default=True, description="Wait this long when nothing is open; null = answer at once.")


class HandoffPage(TypedDict):
    """Open handoffs; `next_cursor` is null on the last page."""

    handoffs: list[HandoffItem]
    next_cursor: str | None
    has_more: bool
    timed_out: bool


@catalog.operation(needs=IDENTITY, long=True, untrusted=("handoffs[].payload",))
async def handoff_list_available(caller: Caller, data: HandoffListAvailable) -> HandoffPage:
    """List open handoffs that this agent sees and may claim, oldest first, with their payloads.

    With `timeout_seconds` it waits while there is none. Claims whose lease has run out return to the pool first.

    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, NOT_OWNER, PERMISSION_DENIED, RATE_LIMITED.
    """
    trust.bind(caller, data.agent_id)
    search = _Search(caller, data)
    found, timed_out = await waiting.poll(search.look, timeout_seconds=data.timeout_seconds)
    limit = search.limit
    has_more = len(found) > limit
    return {
        "handoffs": [item(row) for row in found[:limit]],
        "next_cursor": str(found[limit - 1].id) if has_more else None,
        "has_more": has_more,
        "timed_out": timed_out,
    }


class _Search:
    """One agent's search for open handoffs, repeated until it finds some."""

    def __init__(self, caller: Caller, data: HandoffListAvailable) -> None:
        self._caller = caller
        self._data = data
        self.limit = min(data.limit or DEFAULT_LIMIT, MAX_LIMIT)

    async def look(self) -> waiting.Look[list[HandoffRow]]:
        """Read; where a lease has lapsed, expire first, which is a write."""
        found = await db.in_read(self._read)
        if found is None:
            await db.in_write(self._expire)
            found = await db.in_read(self._listed)
        return found

    def _place(self) -> places.WorkspaceRef:
        return places.locate(self._data.project_root, self._caller)

    def _expire(self) -> None:
        leases.expire_if_needed(self._place().pk)

    def _read(self) -> waiting.Look[list[HandoffRow]] | None:
        """What is open now; None when a claim has to be returned to the pool first."""
        seen.stamp(self._caller, self._data.agent_id)
        return None if leases.has_lapsed(self._place().pk) else self._listed()

    def _listed(self) -> waiting.Look[list[HandoffRow]]:
        workspace = self._place()
        reader = directory.reader(self._data.agent_id)
        with db.read_tx():
            head = event_reads.log_head()
            rows = handoff_pool.available(workspace.pk, reader, after=self._data.cursor, limit=self.limit + 1)
            moments = (leases.next_lapse_us(workspace.pk), handoff_pool.next_fallback_us(workspace.pk))

        def match(entry: Entry) -> bool:
            row: EventRow = entry.row
            return row.workspace_id == workspace.workspace_id and _opens_for(reader, row)

        keys = (deadlines.open_key(workspace.workspace_id), feed.workspace_key(workspace.workspace_id))
        wake_at_us = tuple(moment for moment in moments if moment is not None)
        return waiting.Look(list(rows), bool(rows), head, keys, match, wake_at_us)


def _opens_for(reader: Reader, row: EventRow) -> bool:
    """Whether after this event there may be a handoff for the reader: judged in memory."""
    if row.type not in handoff_events.OPENING:
        return False
    target, created_us = deadlines.opened(row.payload)
    return is_eligible(target, reader, created_us=created_us, now_us=clock.now_us())
