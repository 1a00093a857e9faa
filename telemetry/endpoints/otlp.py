"""`POST /v1/logs`: OTLP over HTTP for logs and events, in protobuf and JSON, answered in the encoding of the request.

Records that cannot be stored are counted in the partial success of the answer, which senders do not repeat. What they
shall repeat is 429 or 503 with `Retry-After`; a request that nobody can decode is 400 (OTLP 1.x, section OTLP/HTTP).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from pulse_project.core import clock
from pulse_project.core.errors import Failure
from pulse_project.core.http_reply import Header, Receive, Scope, Send, header, reply
from telemetry import batches
from telemetry.batches import Batch
from telemetry.endpoints import bodies, otlp_json, otlp_protobuf, producers, taking
from telemetry.endpoints.answers import UnsupportedMedia, only_post
from telemetry.endpoints.otlp_logs import Reader, record_of_log

INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE, UNAUTHENTICATED = 3, 7, 8, 14, 16  # google.rpc
_STATUS_CODES: Final = {401: UNAUTHENTICATED, 403: PERMISSION_DENIED, 429: RESOURCE_EXHAUSTED, 503: UNAVAILABLE}
REASONS: Final = 5  # that a partial success names


@dataclass(frozen=True)
class Encoding:
    """One of the two forms of the protocol. `success` takes the refused records and why, `status` a code and why."""

    media: str
    readers: Callable[[bytes], list[Reader]]
    success: Callable[[int, str], bytes]
    status: Callable[[int, str], bytes]


PROTOBUF: Final = Encoding("application/x-protobuf", otlp_protobuf.readers, otlp_protobuf.success, otlp_protobuf.status)
JSON: Final = Encoding("application/json", otlp_json.readers, otlp_json.success, otlp_json.status)
_ENCODINGS: Final = {encoding.media: encoding for encoding in (PROTOBUF, JSON)}


async def logs(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application."""
    encoding = _encoding_of(scope)
    take = partial(_take, encoding) if encoding else _unsupported
    await only_post(take, partial(_refuse, encoding or JSON))(scope, receive, send)


def _encoding_of(scope: Scope) -> Encoding | None:
    return _ENCODINGS.get(header(scope, b"content-type").partition(";")[0].strip().lower())


async def _unsupported(scope: Scope, receive: Receive, send: Send) -> None:
    raise UnsupportedMedia(f"Send logs as {PROTOBUF.media} or {JSON.media}.")


async def _take(encoding: Encoding, scope: Scope, receive: Receive, send: Send) -> None:
    sender = await producers.known(scope)
    raw = await bodies.body_of(scope, receive)
    batch = await taking.take_many(sender, len(raw), partial(_parsed, encoding, raw, sender.source))
    answer = encoding.success(len(batch.errors), _sentence(batch))
    await reply(send, 200, answer, content_type=encoding.media.encode())


def _parsed(encoding: Encoding, raw: bytes, source: str) -> Batch:
    received_us = clock.now_us()
    readers = batches.numbered(encoding.readers(raw))
    return batches.checked(readers, lambda _, read: record_of_log(read(), received_us, source))


def _sentence(batch: Batch) -> str:
    reasons = list(dict.fromkeys(reason for _, reason in sorted(batch.errors)))
    return "Not stored: " + "; ".join(reasons[:REASONS]) + "." if reasons else ""


async def _refuse(encoding: Encoding, send: Send, failure: Failure, status: int, headers: Sequence[Header]) -> None:
    content = encoding.status(_STATUS_CODES.get(status, INVALID_ARGUMENT), failure.message)
    await reply(send, status, content, headers=headers, content_type=encoding.media.encode())
