"""Reading the event log: a page, a page or a wait for one, the end of a stream."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BeforeValidator, Field, WithJsonSchema

from nexus import audience, directory, event_reads, feed, seen, trust, waiting, workspaces
from nexus.catalog import catalog
from nexus.event_filters import NAMES, Filters, parse
from nexus.event_rows import EventItem, EventRow, item
from nexus.fields import STREAM, AgentId, ProjectRoot
from nexus.log import STREAMS
from pulse_project.core import clock, conf, db
from pulse_project.core.errors import Code
from pulse_project.core.hub import Entry
from pulse_project.core.inputs import Fails, Input
from pulse_project.core.principals import Caller

DEFAULT_LIMIT = 100

_FILTERS_SCHEMA = {
    "anyOf": [
        {
            "type": "object",
            "properties": {name: {"anyOf": [{"type": "string"}, {"type": "null"}]} for name in NAMES},
            "additionalProperties": False,
        },
        {"type": "string"},
        {"type": "null"},
    ],
    "description": "Equalities, combined with AND.",
}

StreamName = Annotated[Literal["workspace", "agent", "handoff"], Fails(Code.INVALID_STREAM, rank=STREAM)]
Cursor = Annotated[int | None, Field(ge=0, description="Last event_id consumed; null = the beginning.")]
Limit = Annotated[int | None, Field(ge=1, description="Events per page; 100 by default, cut to max_event_limit.")]
FilterSet = Annotated[Filters, BeforeValidator(parse), WithJsonSchema(_FILTERS_SCHEMA)]


class StreamEnd(Input):
    """One stream of one workspace, as one agent."""

    project_root: ProjectRoot
    agent_id: AgentId
    stream: StreamName


class EventGet(StreamEnd):
    """A page of a stream."""

    cursor: Cursor = None
    limit: Limit = None
    filters: FilterSet = Field(default=None, validate_default=True)
    detail: Literal["summary", "full"] = Field("full", description="summary leaves payloads out.")


class EventWait(EventGet):
    """A page of a stream, or a wait for one."""

    timeout_seconds: int | None = Field(
        0, description="0 or null answers at once; more waits, up to the server's ceiling."
    )


class EventPage(TypedDict):
    """A page; `next_cursor` is the cursor of the next call."""

    events: list[EventItem]
    next_cursor: int
    has_more: bool
    timed_out: bool


class StreamCursor(TypedDict):
    cursor: int


@catalog.operation(needs="events.read", untrusted=("events[].payload",))
def event_get(caller: Caller, data: EventGet) -> EventPage:
    """Read a page of the workspace's event log as one agent sees it, without waiting.

    Events come in order above `cursor`. On the last page `next_cursor` is the stream's end: nothing is looked at twice.

    Errors: WORKSPACE_REQUIRED, INVALID_STREAM, VALIDATION_ERROR (a cursor above the log's end has details.head),
    WORKSPACE_UNRESOLVED, NOT_OWNER, PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    page = event_reads.read(_query(caller, data))
    _stamp(caller, data)
    return _shown(data, page.rows, page.next_cursor, has_more=page.has_more)


@catalog.operation(needs="events.read", long=True, untrusted=("events[].payload",))
async def event_wait(caller: Caller, data: EventWait) -> EventPage:
    """Read a page of the event log, or wait until there is one.

    Without `timeout_seconds` it is event_get. Otherwise it answers with the first matching events, or after the
    timeout with none, the entry cursor and `timed_out` true.

    Errors: WORKSPACE_REQUIRED, INVALID_STREAM, VALIDATION_ERROR, WORKSPACE_UNRESOLVED, NOT_OWNER, PERMISSION_DENIED,
    RATE_LIMITED.
    """
    trust.bind(caller, data.agent_id)
    start = data.cursor or 0
    place = start

    def look() -> waiting.Look[event_reads.Page]:
        _stamp(caller, data)
        query = _query(caller, data, after=place)
        page = event_reads.read(query)

        def match(entry: Entry) -> bool:
            row: EventRow = entry.row
            return query.admits(row, clock.now_us())

        keys = (feed.workspace_key(query.workspace_id),)

        def answer(entries: Sequence[Entry]) -> event_reads.Page:
            return event_reads.remembered(query, page.next_cursor, [entry.row for entry in entries])

        return waiting.Look(page, bool(page.rows), page.head, keys, match, answer=answer)

    async def look_on() -> waiting.Look[event_reads.Page]:
        """Look; a wait looks on where a filter ended a page early without a match."""
        nonlocal place
        found = await db.in_read(look)
        while (data.timeout_seconds or 0) > 0 and not found.is_done and found.result.has_more:
            place = found.result.next_cursor
            found = await db.in_read(look)
        return found

    page, timed_out = await waiting.poll(look_on, timeout_seconds=data.timeout_seconds)
    if timed_out:
        return {"events": [], "next_cursor": start, "has_more": False, "timed_out": True}
    return _shown(data, page.rows, page.next_cursor, has_more=page.has_more)


@catalog.operation(needs="events.read")
def event_cursor(caller: Caller, data: StreamEnd) -> StreamCursor:
    """The end of a stream: the cursor from which only new events follow.

    Errors: WORKSPACE_REQUIRED, INVALID_STREAM, VALIDATION_ERROR, WORKSPACE_UNRESOLVED, NOT_OWNER, PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    workspace = workspaces.locate(data.project_root, caller)
    return {"cursor": event_reads.stream_head(workspace.pk, STREAMS[data.stream])}


def _stamp(caller: Caller, data: EventGet) -> None:
    """The agent was seen, except by a command that follows the log in its name."""
    if caller.transport != "cli":
        seen.stamp(caller, data.agent_id)


def _query(caller: Caller, data: EventGet, *, after: int | None = None) -> event_reads.Query:
    workspace = workspaces.locate(data.project_root, caller)
    return event_reads.Query(
        workspace=workspace.pk,
        workspace_id=workspace.workspace_id,
        stream=STREAMS[data.stream],
        keys=audience.reader_keys(directory.reader(data.agent_id)),
        filters=data.filters,
        after=(data.cursor or 0) if after is None else after,
        limit=min(data.limit or DEFAULT_LIMIT, conf.current().max_event_limit),
    )


def _shown(data: EventGet, rows: list[EventRow], next_cursor: int, *, has_more: bool) -> EventPage:
    is_full = data.detail == "full"
    shown: list[Any] = [item(row, is_full=is_full) for row in rows]
    return {"events": shown, "next_cursor": next_cursor, "has_more": has_more, "timed_out": False}
