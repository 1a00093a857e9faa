"""Server-sent events on the hub: one feed per request, resumed by `Last-Event-ID`, filtered for its caller."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs

from pulse_project.core import auth
from pulse_project.core.errors import Code
from pulse_project.core.http_reply import Header, Receive, Scope, Send
from pulse_project.core.hub import hub
from pulse_project.core.principals import Caller
from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.tail.feeds import Feed
from pulse_project.core.tail.streams import GOING_AWAY, Stream

PING_SECONDS = 15.0
NO_PROGRESS_SECONDS = 10.0
PIECE_BYTES = 64 * 1024  # that much at least a client has to take in that time
PING = b": ping\n\n"
RETRY = b"retry: 1000\n\n"
REVOKED = 4401
ChunksOf = Callable[[Stream], AsyncGenerator[bytes, None]]
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
)
"""Headers of the answer; a Django response that streams `frames` sets the same."""


def event_feed(  # noqa: PLR0913 - every argument is named at the call
    *,
    name: str,
    event: str,
    letter: Letter,
    key: str,
    data: Callable[[Entry], Mapping[str, Any] | None],
    visible: Callable[[Entry], bool],
    read: Callable[[int, int, int], list[Entry]],
) -> Feed:
    """One key of one log as SSE frames: `id` is the seq, `event` the given word, `data` compact JSON.

    `name` names everything that shapes the data: two feeds of one name must make the same text. `read(after, upto,
    limit)` runs on the reader pool; `visible` decides in memory.
    """
    return Feed(
        name=f"sse:{name}",
        keys={letter: key},
        read=lambda _letter, after, upto, limit: read(after, upto, limit),
        shared=lambda entry: None if (row := data(entry)) is None else _event(event, row),
        visible=visible,
        framed=lambda cursor, shared: f"id: {cursor[1:]}\n{shared}",
        reset=lambda reason, head: f"id: {head[1:]}\n{_event('reset', {'reason': reason, 'head': int(head[1:])})}",
    )


def last_event_id(scope: Scope) -> int | None:
    """Where the client wants to resume: header `Last-Event-ID`, else query `last_event_id`; None when it says nothing.

    Anything but a non-negative number is 0, the whole log, as published.
    """
    header = next((value for name, value in scope["headers"] if name == b"last-event-id"), None)
    if header is None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        text = query["last_event_id"][-1] if "last_event_id" in query else None
    else:
        text = header.decode("latin-1")
    if text is None:
        return None
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


async def respond(send: Send, receive: Receive, *, feed: Feed, caller: Caller, after: int | None) -> None:
    """Answer a request with the feed as raw ASGI until the client leaves, its key dies or the server stops.

    Raises Failure (RATE_LIMITED) before anything is sent when this process has as many streams as it takes.
    """
    await send_chunks(send, receive, frames(feed=feed, caller=caller, after=after))


async def send_chunks(
    send: Send, receive: Receive, chunks: AsyncGenerator[bytes, None], *, headers: Iterable[Header] = HEADERS
) -> None:
    """Answer with chunks until they end or the client leaves. When they raise, the answer stays unfinished."""
    first = await anext(chunks)
    gone = asyncio.create_task(_departed(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        await _write(send, chunks, gone)
    except OSError:  # the client has left
        return
    finally:
        gone.cancel()
        await chunks.aclose()


async def _write(send: Send, chunks: AsyncGenerator[bytes, None], gone: asyncio.Task[None]) -> None:
    """Send chunk after chunk; a client that takes nothing for ten seconds is left, it resumes from the log later."""
    writer = asyncio.create_task(_forward(send, chunks))
    try:
        await asyncio.wait({writer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if writer.done():
            writer.result()
    finally:
        writer.cancel()
        await asyncio.wait({writer})


async def _forward(send: Send, chunks: AsyncGenerator[bytes, None]) -> None:
    try:
        async for chunk in chunks:
            for start in range(0, len(chunk), PIECE_BYTES):
                piece = chunk[start : start + PIECE_BYTES]
                async with asyncio.timeout(NO_PROGRESS_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        return


async def _departed(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def frames(
    *, feed: Feed, caller: Caller, after: int | None, chunks_of: ChunksOf | None = None
) -> AsyncGenerator[bytes, None]:
    """The stream as chunks, with a comment every 15 s of silence. Ends with the server, or with an `error` event.

    `chunks_of(stream)` makes something else of the stream than its own frames, until `take` answers nothing.
    """
    running = hub()
    stream = await running.subscribe()
    detach = auth.sessions.attach(caller, lambda: stream.end(REVOKED), lambda _: stream.end(GOING_AWAY))
    try:
        (letter,) = feed.keys
        await running.follow(stream, feed, {} if after is None else {letter: after})
        yield RETRY
        async with aclosing((chunks_of or _chunks)(stream)) as chunks:
            async for chunk in chunks:
                yield chunk
        if stream.close_code == REVOKED:
            yield _REFUSED
    finally:
        detach()
        running.release(stream)


async def _chunks(stream: Stream) -> AsyncGenerator[bytes, None]:
    pending = asyncio.ensure_future(stream.take())
    try:
        while True:
            await asyncio.wait({pending}, timeout=PING_SECONDS)
            if not pending.done():
                yield PING
                continue
            texts = pending.result()
            if not texts:
                return
            yield "".join(texts).encode()
            pending = asyncio.ensure_future(stream.take())
    finally:
        pending.cancel()


def _event(event: str, data: Mapping[str, Any]) -> str:
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


_REFUSED = _event(
    "error", {"code": Code.AUTH_FAILED.value, "message": "The key of this stream is no longer valid."}
).encode()
