"""`POST /v1/events` and `POST /v1/events:batch`: the published event contract, answered as published.

What calls itself a CloudEvent on the same addresses goes to `cloudevents`.
"""

from collections.abc import Sequence
from typing import Any, Final

from pydantic_core import to_json

from pulse_project.core import clock, db
from pulse_project.core.errors import Failure
from pulse_project.core.http_reply import Header, Receive, Scope, Send, header, reply
from pulse_project.core.rest_endpoint import rest_endpoint
from telemetry import admission, batches, canonical, journal
from telemetry.admission import Producer
from telemetry.batches import TooMany
from telemetry.canonical import NotJson, Rejected, TooLarge
from telemetry.collector import collector
from telemetry.endpoints import bodies, cloudevents, producers
from telemetry.endpoints.answers import accepted, answered
from telemetry.endpoints.bodies import INLINE_BYTES
from telemetry.foreign import key_of
from telemetry.record import Record, record_of

NOT_JSON: Final = "request body is not valid JSON"
REUSED: Final = "Idempotency-Key was used before for another event"
MOST_KEY: Final = 200
READS: Final = frozenset({"GET", "HEAD"})


async def events(scope: Scope, receive: Receive, send: Send) -> None:
    """`/v1/events`: POST takes one event, OPTIONS may ask to be a CloudEvents sender; the rest is the read API's."""
    if scope["method"] == "POST":
        work = cloudevents.take if cloudevents.is_meant(scope) else _single
        await answered(work, _refuse, scope, receive, send)
    elif cloudevents.is_handshake(scope):
        await answered(cloudevents.handshake, _refuse, scope, receive, send)
    elif scope["method"] in READS:
        await rest_endpoint(scope, receive, send)
    else:
        await _not_allowed(send, b"GET, HEAD, OPTIONS, POST")


async def below(scope: Scope, receive: Receive, send: Send) -> None:
    """`/v1/events/<id>` is the read API's; the bare slash leads to `/v1/events`, query included."""
    if scope["path"] != "/v1/events/":
        await rest_endpoint(scope, receive, send)
        return
    query: bytes = scope.get("query_string", b"")
    location = b"/v1/events" + (b"?" + query if query else b"")
    await reply(send, 307, b"", headers=[(b"location", location)])


async def batch(scope: Scope, receive: Receive, send: Send) -> None:
    """`/v1/events:batch`: an array or NDJSON."""
    if scope["method"] == "POST":
        work = cloudevents.take if cloudevents.is_meant(scope) else _batch
        await answered(work, _refuse, scope, receive, send)
    elif cloudevents.is_handshake(scope):
        await answered(cloudevents.handshake, _refuse, scope, receive, send)
    else:
        await _not_allowed(send, b"POST")


async def _not_allowed(send: Send, methods: bytes) -> None:
    await reply(send, 405, b'{"detail":"Method Not Allowed"}', headers=[(b"allow", methods)])


async def _refuse(send: Send, failure: Failure, status: int, headers: Sequence[Header]) -> None:
    """The published shape of a refusal."""
    content = to_json({"stored": False, "error": failure.message, "code": failure.code.value})
    await reply(send, status, content, headers=headers)


async def _single(scope: Scope, receive: Receive, send: Send) -> None:
    sender = await producers.known(scope)
    raw = await bodies.body_of(scope, receive)
    try:
        found = (raw, sender.source, _repeat_key(scope, sender))
        record = await db.in_read(_record, *found) if len(raw) > INLINE_BYTES else _record(*found)
    except TooLarge as rejected:
        await _rejected(send, rejected.reason, 413)
        return
    except Rejected as rejected:
        await _rejected(send, NOT_JSON if isinstance(rejected, NotJson) else rejected.reason, 400)
        return
    admission.spend(sender, 1)
    stored = await collector().submit(record, is_relaxed=sender.is_relaxed(record.source))
    if stored.differs:
        await _rejected(send, REUSED, 422)
        return
    await reply(send, 202, accepted(stored))


def _record(raw: bytes, source: str, repeat_key: str) -> Record:
    foreign_key = key_of("key", repeat_key, "") if repeat_key else None
    return record_of(canonical.decode(raw), received_us=clock.now_us(), source=source, foreign_key=foreign_key)


def _repeat_key(scope: Scope, sender: Producer) -> str:
    """The Idempotency-Key as a name that no other caller shares, empty without one. Errors: Rejected."""
    key = header(scope, b"idempotency-key")
    if not (key.isascii() and key.isprintable() and len(key) <= MOST_KEY):
        raise Rejected(f"Idempotency-Key takes up to {MOST_KEY} printable ASCII characters")
    return f"{sender.caller.bucket}\x1f{key}" if key else ""


async def _rejected(send: Send, reason: str, status: int) -> None:
    journal.refuse(reason)
    collector().say_soon()
    await reply(send, status, to_json({"stored": False, "error": reason}))


async def _batch(scope: Scope, receive: Receive, send: Send) -> None:
    sender = await producers.known(scope)
    raw = await bodies.body_of(scope, receive)
    try:
        parse = (raw, sender.source, _repeat_key(scope, sender))
        found = await db.in_read(batches.parse, *parse) if len(raw) > INLINE_BYTES else batches.parse(*parse)
    except Rejected as rejected:
        journal.refuse(rejected.reason)
        collector().say_soon()
        error = {"index": 0, "error": f"malformed batch body: {rejected.reason}"}
        status = 413 if isinstance(rejected, TooMany) else 400
        await reply(send, status, to_json({"accepted": 0, "skipped": 0, "errors": [error]}))
        return
    admission.spend(sender, len(found.records))
    await batches.store_records(found)
    collector().say_soon()
    reused = found.refuse_others(REUSED)
    answer: dict[str, Any] = found.summary()
    if b"results=1" in scope.get("query_string", b"").split(b"&"):
        answer["results"] = found.results()
    await reply(send, 422 if reused else 200, to_json(answer))
