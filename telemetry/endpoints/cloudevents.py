"""CloudEvents 1.0 over HTTP on the addresses of native events: structured, binary and batched; the web-hook handshake.

Bindings: CloudEvents HTTP Protocol Binding 1.0.2, JSON Event Format 1.0.2, HTTP 1.1 Web Hooks for Event Delivery 1.0.2.
The form follows from the headers alone, on either address. What is mapped where: `cloudevents_format`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final
from urllib.parse import unquote_to_bytes

from pydantic_core import to_json

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Receive, Scope, Send, header, reply
from telemetry import batches, canonical
from telemetry.batches import Batch
from telemetry.canonical import Rejected
from telemetry.endpoints import bodies, cloudevents_format, producers, taking
from telemetry.endpoints.answers import UnsupportedMedia, accepted
from telemetry.record import Record

ONE: Final = "application/cloudevents+json"
MANY: Final = "application/cloudevents-batch+json"
_FAMILY: Final = "application/cloudevents"
_PREFIX: Final = b"ce-"


def is_meant(scope: Scope) -> bool:
    """Whether a request calls itself a CloudEvent: by its media type or by any `ce-` header."""
    for name, value in scope["headers"]:
        if name.startswith(_PREFIX) or (name == b"content-type" and b"/cloudevents" in value.lower()):
            return True
    return False


def is_handshake(scope: Scope) -> bool:
    """Whether a sender asks if it may deliver here."""
    return scope["method"] == "OPTIONS" and bool(header(scope, b"webhook-request-origin"))


async def handshake(scope: Scope, receive: Receive, send: Send) -> None:
    """Allow a sender that holds a key its deliveries, at the rate of its token."""
    sender = await producers.known(scope)
    origin = header(scope, b"webhook-request-origin")
    if not (origin.isascii() and origin.isprintable() and len(origin) <= 255):
        raise Failure(Code.VALIDATION_ERROR, "WebHook-Request-Origin takes a name of up to 255 characters.")
    rate = sender.terms.events_per_minute
    allowed = [
        (b"allow", b"POST, OPTIONS"),
        (b"webhook-allowed-origin", origin.encode("ascii")),
        (b"webhook-allowed-rate", b"%d" % rate if rate else b"*"),
    ]
    await reply(send, 200, b"", headers=allowed)


async def take(scope: Scope, receive: Receive, send: Send) -> None:
    """Store what a request holds: one event answers 202 as a native one does, many answer as a native batch."""
    media = header(scope, b"content-type").partition(";")[0].strip().lower()
    if media.startswith(_FAMILY) and media not in {ONE, MANY}:
        raise UnsupportedMedia(f"Send CloudEvents as {ONE}, as {MANY}, or with ce- headers.")
    sender = await producers.known(scope)
    raw = await bodies.body_of(scope, receive)
    if media == MANY:
        batch = await taking.take_many(sender, len(raw), partial(_many, raw, sender.source))
        await _answer_many(scope, send, batch)
        return
    make = partial(_structured, raw, sender.source) if media == ONE else partial(_binary, scope, raw, sender.source)
    await reply(send, 202, accepted(await taking.take_one(sender, len(raw), make)))


async def _answer_many(scope: Scope, send: Send, batch: Batch) -> None:
    """As a native batch; but 400 when there is not one event among the values, since senders read the status only."""
    answer = batch.summary()
    if b"results=1" in scope.get("query_string", b""):
        answer["results"] = batch.results()
    await reply(send, 400 if batch.errors and not batch.records else 200, to_json(answer))


def _structured(raw: bytes, source: str) -> Record:
    return cloudevents_format.of_structured(canonical.decode(raw), clock.now_us(), source)


def _binary(scope: Scope, raw: bytes, source: str) -> Record:
    return cloudevents_format.of_binary(_attributes(scope), raw, clock.now_us(), source)


def _many(raw: bytes, source: str) -> Batch:
    values = canonical.decode(raw)
    if not isinstance(values, list):
        raise Rejected("a batch of CloudEvents must be a JSON array")
    received_us = clock.now_us()
    return batches.checked(
        batches.numbered(values), lambda _, value: cloudevents_format.of_structured(value, received_us, source)
    )


def _attributes(scope: Scope) -> Mapping[str, str]:
    """The attributes of the `ce-` headers; the media type of the data is the request's. Errors: Rejected."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name.startswith(_PREFIX):
            attribute = name.removeprefix(_PREFIX).decode("latin-1")
            if attribute in found:
                raise Rejected("a ce- header is given twice")
            found[attribute] = _decoded(value)
    content_type = header(scope, b"content-type").strip()
    if content_type:
        found["datacontenttype"] = content_type
    else:
        found.pop("datacontenttype", None)
    return found


def _decoded(value: bytes) -> str:
    """A header value without its quotes, percent-decoded once (HTTP binding, section 3.1.3.2). Errors: Rejected."""
    if len(value) > 1 and value.startswith(b'"') and value.endswith(b'"'):
        value = _unquoted(value[1:-1])
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Rejected("a ce- header is not percent-encoded UTF-8") from error


def _unquoted(value: bytes) -> bytes:
    """The text of a quoted string: a backslash stands before a character that is meant itself (RFC 9110, 5.6.4)."""
    kept, is_escaped = bytearray(), False
    for byte in value:
        is_escaped = byte == ord("\\") and not is_escaped
        if not is_escaped:
            kept.append(byte)
    return bytes(kept)
