"""Small ASGI answers and bounded bodies for the routes that do not pass through Django."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeVar

from pydantic_core import to_json

from pulse_project.core import body
from pulse_project.core.envelopes import OK_DATA, Envelope
from pulse_project.core.errors import Failure

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
T = TypeVar("T")


class Disconnected(ConnectionError):
    """The client left before its request was complete."""


async def read_body(receive: Receive, *, max_bytes: int = body.MAX_BYTES) -> bytes:
    """The whole body; CONTENT_TOO_LARGE as soon as it passes `max_bytes`."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        first = bytes(message.get("body", b""))
        if len(first) > max_bytes:
            raise body.too_large(max_bytes)
        return first
    chunks = bytearray()
    while message["type"] == "http.request":
        chunks += message.get("body", b"")
        if len(chunks) > max_bytes:
            raise body.too_large(max_bytes)
        if not message.get("more_body"):
            return bytes(chunks)
        message = await receive()
    raise Disconnected


async def while_connected(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when the client leaves first (Disconnected)."""
    call = asyncio.ensure_future(work)
    departure = asyncio.ensure_future(departed(receive))
    try:
        await asyncio.wait({call, departure}, return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            raise Disconnected
        return call.result()
    finally:
        call.cancel()
        departure.cancel()


async def departed(receive: Receive) -> None:
    """Return when the client has left; the request body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        continue


async def reply(
    send: Send,
    status: int,
    content: bytes,
    *,
    headers: Iterable[Header] = (),
    content_type: bytes = b"application/json",
) -> None:
    """One complete answer."""
    fixed = [(b"content-type", content_type), (b"content-length", b"%d" % len(content)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": fixed})
    await send({"type": "http.response.body", "body": content})


async def refuse(send: Send, failure: Failure, *, envelope: Envelope = OK_DATA, status: int | None = None) -> None:
    """A failure in its envelope, with the status of its code."""
    content = to_json(envelope.failure(failure))
    await reply(send, status or failure.code.http_status, content, headers=retry_after(failure))


def retry_after(failure: Failure | None) -> list[Header]:
    """`Retry-After` of an answer that may be asked again (429 and 503)."""
    if failure is None or failure.code.http_status not in {429, 503}:
        return []
    return [(b"retry-after", str(failure.details.get("retry_after_seconds", 1)).encode())]


def header(scope: Scope, name: bytes) -> str:
    """The value of a request header, empty when absent."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")
