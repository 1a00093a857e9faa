"""The bus's SSE stream: every event above `Last-Event-ID`, as far as the caller may see it."""

import functools
from urllib.parse import parse_qs

from nexus import event_rows, feed
from nexus.models import Stream
from nexus.topics import is_visible, learn_reader
from pulse_project.core import db, sse
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Receive, Scope, Send, refuse
from pulse_project.core.principals import ANONYMOUS, Caller
from pulse_project.core.tail.entries import Entry
from pulse_project.core.tail.feeds import Feed

EVENT = "nexus"
NUMBERS = {stream.label: stream.value for stream in Stream if stream is not Stream.OPEN_HANDOFFS}


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """GET /api/v1/nexus/stream, with `workspace`, `stream` and `last_event_id` in the query. Raw ASGI."""
    caller: Caller = scope.get("state", {}).get("caller") or ANONYMOUS
    try:
        if scope["method"] != "GET":
            raise Failure(Code.VALIDATION_ERROR, "This address answers GET.")
        wanted = await _wanted(scope, caller)
    except Failure as failure:
        await refuse(send, failure)
        return
    await sse.respond(send, receive, feed=wanted, caller=caller, after=sse.last_event_id(scope))


async def _wanted(scope: Scope, caller: Caller) -> Feed:
    """The feed that the query asks for, once the caller may follow it."""
    caller.demand_identity()
    if caller.agent_id is None:
        caller.demand("operator.observe")
    else:
        caller.demand("events.read")
        await db.in_read(learn_reader, caller.agent_id)
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return _feed(caller, _one(query, "workspace"), _one(query, "stream"))


def _one(query: dict[str, list[str]], name: str) -> str:
    text = query.get(name, [""])[-1]
    return "" if text == "all" else text


def _feed(caller: Caller, workspace_id: str, stream_name: str) -> Feed:
    if stream_name and stream_name not in NUMBERS:
        raise Failure(Code.INVALID_STREAM, f"stream is one of: {', '.join(NUMBERS)}.", field="stream")
    number = NUMBERS.get(stream_name)

    def shown(entry: Entry) -> bool:
        row: event_rows.EventRow = entry.row
        return (number is None or row.stream == number) and is_visible(entry, caller)

    return sse.event_feed(
        name=f"{workspace_id}|full"
        if caller.holds("operator.read_all") or caller.agent_id
        else f"{workspace_id}|summary",
        event=EVENT,
        letter=feed.LETTER,
        key=feed.workspace_key(workspace_id) if workspace_id else feed.EVERYTHING,
        data=functools.partial(_data, is_full=caller.holds("operator.read_all") or caller.agent_id is not None),
        visible=shown,
        read=functools.partial(_read, workspace_id),
    )


def _data(entry: Entry, *, is_full: bool) -> event_rows.EventItem:
    return event_rows.item(entry.row, is_full=is_full)


def _read(workspace_id: str, after: int, upto: int, limit: int) -> list[Entry]:
    span = (after, upto)
    return feed.rows_of_workspace(workspace_id, span, limit) if workspace_id else feed.rows_of_everything(span, limit)
