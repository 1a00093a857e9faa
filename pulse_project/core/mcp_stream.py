"""Tool calls as a stream of events: headers at once, a comment or progress now and then, the answer at the end.

Unlike a plain JSON answer the stream notices a client that left, and ends the call.
"""

import asyncio
import time
from functools import lru_cache

from pulse_project.core import mcp_tools
from pulse_project.core.http_reply import Receive, Send, departed
from pulse_project.core.mcp_messages import Request, progress
from pulse_project.core.principals import Caller

PING_SECONDS = 15.0
HEADERS = [
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"content-type", b"text/event-stream"),
    (b"x-accel-buffering", b"no"),
]


@lru_cache(maxsize=256)
def is_taken(accept: bytes) -> bool:
    """Whether a client with that Accept header takes streams."""
    return any(part.strip().startswith(b"text/event-stream") for part in accept.split(b","))


async def answer(request: Request, caller: Caller, *, receive: Receive, send: Send) -> None:
    """Send the stream of one call; returns early, with the call cancelled, when the client leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    call = asyncio.ensure_future(mcp_tools.answer(request, caller))
    departure = asyncio.ensure_future(departed(receive))
    started = time.monotonic()
    try:
        if request.progress_token is not None:
            await _part(send, _sign_of_life(request, 0))
        while not call.done():
            await asyncio.wait({call, departure}, timeout=PING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if departure.done() and not call.done():
                return
            if not call.done():
                await _part(send, _sign_of_life(request, round(time.monotonic() - started)))
        await send({"type": "http.response.body", "body": event(call.result()), "more_body": False})
    finally:
        call.cancel()
        departure.cancel()


def event(content: bytes) -> bytes:
    """One message as the SDK frames it."""
    return b"event: message\r\ndata: %b\r\n\r\n" % content


def _sign_of_life(request: Request, elapsed_seconds: int) -> bytes:
    token = request.progress_token
    return b": ping\r\n\r\n" if token is None else event(progress(token, elapsed_seconds))


async def _part(send: Send, content: bytes) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": True})
