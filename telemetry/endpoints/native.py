"""`POST /v1/events` and `POST /v1/events:batch`: the published event contract, answered as published."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import parse_qs

from django.db import DatabaseError
from pydantic_core import to_json

from pulse_project.core import clock, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Disconnected, Header, Receive, Scope, Send, header, reply, retry_after
from pulse_project.core.principals import ANONYMOUS, Caller
from pulse_project.core.rest_endpoint import rest_endpoint
from telemetry import admission, batches, canonical, journal
from telemetry.admission import Producer
from telemetry.batches import Batch
from telemetry.canonical import NotJson, Rejected, TooLarge
from telemetry.collector import collector
from telemetry.endpoints import bodies
from telemetry.endpoints.bodies import INLINE_BYTES, UnsupportedCoding
from telemetry.foreign import key_of
from telemetry.record import Record, record_of
from telemetry.store import Stored

NOT_JSON: Final = "request body is not valid JSON"
REUSED: Final = "Idempotency-Key was used before for another event"
MOST_KEY: Final = 200
Work = Callable[[Scope, Receive, Send], Awaitable[None]]


async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """`/v1/events`: POST takes one event, every other method is the read API's."""
    if scope["method"] != "POST":
        await rest_endpoint(scope, receive, send)
        return
    await answered(_single, scope, receive, send)


async def batch(scope: Scope, receive: Receive, send: Send) -> None:
    """`/v1/events:batch`: an array or NDJSON."""
    if scope["method"] != "POST":
        await reply(send, 405, b'{"detail":"Method Not Allowed"}', headers=[(b"allow", b"POST")])
        return
    await answered(_batch, scope, receive, send)


async def answered(work: Work, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an endpoint; what it refuses has the published shape `{"stored": false, "error"}`."""
    try:
        await work(scope, receive, send)
    except Disconnected:
        return
    except UnsupportedCoding as refused:
        await _refuse(send, refused, status=415, headers=(bodies.ACCEPTED,))
    except Failure as failure:
        await _refuse(send, failure, status=400 if failure.code is Code.VALIDATION_ERROR else None)
    except DatabaseError as error:
        await _refuse(send, db.failure_of(error))


async def _refuse(send: Send, failure: Failure, *, status: int | None = None, headers: tuple[Header, ...] = ()) -> None:
    content = to_json({"stored": False, "error": failure.message, "code": failure.code.value})
    await reply(send, status or failure.code.http_status, content, headers=[*headers, *retry_after(failure)])


async def producer(scope: Scope) -> Producer:
    """The producer of a request, with the source that its address or header names."""
    caller: Caller = scope["state"].get("caller") or ANONYMOUS
    query = scope.get("query_string", b"")
    named = parse_qs(query.decode("latin-1")).get("source", [""])[-1] if b"source=" in query else ""
    return await admission.producer_of(caller, query_source=named, header_source=header(scope, b"x-pulse-source"))


async def _single(scope: Scope, receive: Receive, send: Send) -> None:
    sender = await producer(scope)
    raw = await bodies.body_of(scope, receive)
    idempotency_key = header(scope, b"idempotency-key")
    try:
        found = (raw, sender.source, idempotency_key)
        record = await db.in_read(_record, *found) if len(raw) > INLINE_BYTES else _record(*found)
    except TooLarge as rejected:
        await _rejected(send, rejected.reason, 413)
        return
    except Rejected as rejected:
        await _rejected(send, NOT_JSON if isinstance(rejected, NotJson) else rejected.reason, 400)
        return
    admission.spend(sender, 1)
    stored = await collector().submit(record, is_relaxed=sender.is_relaxed(record.source))
    if stored.differs and idempotency_key:
        await _rejected(send, REUSED, 422)
        return
    await reply(send, 202, accepted(stored))


def accepted(stored: Stored) -> bytes:
    """The published answer to one stored event."""
    duplicate = b"true" if stored.is_duplicate else b"false"
    return b'{"stored":true,"event_id":"%b","deduplicated":%b}' % (stored.event_id.hex().encode(), duplicate)


def _record(raw: bytes, source: str, idempotency_key: str) -> Record:
    foreign_key = key_of("key", source, checked_key(idempotency_key)) if idempotency_key else None
    return record_of(canonical.decode(raw), received_us=clock.now_us(), source=source, foreign_key=foreign_key)


def checked_key(text: str) -> str:
    """An Idempotency-Key. Errors: Rejected."""
    if not (text.isascii() and text.isprintable() and len(text) <= MOST_KEY):
        raise Rejected(f"Idempotency-Key takes up to {MOST_KEY} printable ASCII characters")
    return text


async def _rejected(send: Send, reason: str, status: int) -> None:
    journal.refuse(reason)
    collector().say_soon()
    await reply(send, status, to_json({"stored": False, "error": reason}))


async def _batch(scope: Scope, receive: Receive, send: Send) -> None:
    sender = await producer(scope)
    raw = await bodies.body_of(scope, receive)
    key = header(scope, b"idempotency-key")
    parse = (batches.parse, raw, sender.source, key)
    try:
        found: Batch = await db.in_read(*parse) if len(raw) > INLINE_BYTES else batches.parse(*parse[1:])
    except Rejected as rejected:
        journal.refuse(rejected.reason)
        collector().say_soon()
        error = {"index": 0, "error": f"malformed batch body: {rejected.reason}"}
        await reply(send, 400, to_json({"accepted": 0, "skipped": 0, "errors": [error]}))
        return
    admission.spend(sender, len(found.records))
    await batches.store_records(found)
    collector().say_soon()
    answer: dict[str, Any] = found.summary()
    if b"results=1" in scope.get("query_string", b""):
        answer["results"] = found.results()
    await reply(send, 200, to_json(answer))
