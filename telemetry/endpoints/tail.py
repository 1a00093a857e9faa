"""`GET /v1/events/stream`: every event from now on, or above `Last-Event-ID`, as server-sent events."""

import asyncio
import functools
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Final

from django.db import DatabaseError
from pydantic import Field

from pulse_project.core import db, sse
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Receive, Scope, Send, header, refuse, reply
from pulse_project.core.tail.entries import Entry
from pulse_project.core.tail.feeds import Feed
from pulse_project.core.tail.streams import Stream
from telemetry import tailing, topics
from telemetry.catalog import DETAIL
from telemetry.endpoints import queries
from telemetry.event_reads import Wanted
from telemetry.inputs import Filter, Loose
from telemetry.journal import INGESTED
from telemetry.tailing import Chunk, Start

logger = logging.getLogger("pulse.telemetry")

PAUSE_SECONDS: Final = 0.05  # between full pages: 10,000 events a second and stream, the rest waits in the store
RETRY_SECONDS: Final = 1.0


class TailInput(Loose):
    type: Filter = Field(None, description="Exactly this event_type.")
    source: Filter = Field(None, description="Exactly this source.")
    after: Filter = Field(None, description="The number (`id`) of the last event that is known.")
    last_event_id: Filter = Field(None, description="The same, for clients that cannot send the header.")


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """Raw ASGI. `id` is the event's number, `event` is `telemetry`, `data` the event as published."""
    if scope["method"] != "GET":
        await reply(send, 405, b'{"detail":"Method Not Allowed"}', headers=[(b"allow", b"GET")])
        return
    try:
        caller = queries.reader(scope, "sse")
        asked = queries.asked(scope, TailInput)
        begun = await _begin(_number(header(scope, b"last-event-id") or asked.after or asked.last_event_id))
        events = functools.partial(_events, begun, Wanted(type=asked.type, source=asked.source))
        frames = sse.frames(feed=_notices(asked.type), caller=caller, after=None, chunks_of=events)
        await sse.send_chunks(send, receive, frames)
    except Failure as failure:
        await refuse(send, failure, envelope=DETAIL)


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Failure(Code.VALIDATION_ERROR, "Resume after the id of an event of this stream, a number.", field="after")
    return int(text)


async def _begin(after: int | None) -> Start:
    try:
        return await db.in_read(tailing.start, after)
    except DatabaseError as error:
        raise db.failure_of(error) from error


def _notices(event_type: str | None) -> Feed:
    """The hub's notices that new events were stored; a type that a complete notice does not name wakes nobody."""

    def concerns(entry: Entry) -> bool:
        if entry.type != INGESTED:
            return False
        told = entry.row.payload
        return event_type is None or bool(told.get("others")) or event_type in told.get("types", ())

    return sse.event_feed(
        name=topics.NAME,
        event=topics.NAME,
        letter="d",
        key=topics.KEY,
        data=lambda _entry: {},
        visible=concerns,
        read=lambda after, upto, limit: topics.rows((after, upto), limit),
    )


async def _events(begun: Start, wanted: Wanted, signals: Stream) -> AsyncGenerator[bytes, None]:
    """Page after page, then whatever a notice tells of. Without notices a look every 15 s finds what none spoke of."""
    yield begun.text
    wanted = replace(wanted, after=begun.position)
    signal = asyncio.ensure_future(signals.take())
    try:
        while signals.close_code is None:
            chunk = await _next(wanted)
            yield chunk.text
            wanted = replace(wanted, after=chunk.position)
            if not chunk.is_last:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            await asyncio.wait({signal}, timeout=sse.PING_SECONDS)
            if not signal.done():
                yield sse.PING
                continue
            if not signal.result():
                return
            signal = asyncio.ensure_future(signals.take())
    finally:
        signal.cancel()


async def _next(wanted: Wanted) -> Chunk:
    """The next page; while the store is away, a comment every second."""
    try:
        return await tailing.pages().read(wanted)
    except (DatabaseError, Failure) as fault:
        logger.warning("a live tail waits for the store: %s", fault)
        await asyncio.sleep(RETRY_SECONDS)
        return Chunk(sse.PING, wanted.after or 0, is_last=False)
