"""Segment's tracking API, so that its client libraries are producers: `/v1/batch` and `/v1/track`.

The write key is the user name of `Authorization: Basic`, or the body's `writeKey`; see `admission.caller_with_key` for
what it may be. Per message:

- The event_type of a `track` call is its `event`; of every other call its `type` (`identify`, `page`, `screen`,
  `group`, `alias`). `timestamp` is the timestamp (see `skew` for `sentAt`), the version is 1.
- `properties` or `traits` are the payload. `userId`, `anonymousId`, `groupId`, `previousId`, `name`, `category` and
  `context` beside them are added where the payload has no such key.
- The source is `context.library.name` (`analytics-python`) unless the sender has its own, else `segment`.
- `messageId` is the event's own identity for this source: what comes again with it is a duplicate.

Sizes are those that Segment documents: 500 KB a request, 32 KB a message.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from pydantic_core import to_json

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Header, Receive, Scope, Send, reply
from telemetry import batches
from telemetry.batches import Batch
from telemetry.canonical import Rejected, TooLarge
from telemetry.endpoints import producers, taking
from telemetry.endpoints.answers import only_post
from telemetry.endpoints.keyed_bodies import Opened, opened, text_of
from telemetry.foreign import key_of_given
from telemetry.record import Record, checked_source, record_of
from telemetry.skew import corrected

KIND: Final = "segment"
TRACK: Final = "track"
TYPES: Final = frozenset({TRACK, "identify", "page", "screen", "group", "alias"})
BESIDE: Final = ("userId", "anonymousId", "groupId", "previousId", "name", "category", "context")
MOST_BYTES: Final = 500 * 1024
MOST_MESSAGE_BYTES: Final = 32 * 1024


async def _take(scope: Scope, receive: Receive, send: Send) -> None:
    """`/v1/batch` takes messages, `/v1/track` is one that needs no `type`."""
    basic = producers.basic_user(scope)
    request = await opened(
        scope, receive, lambda body: text_of(body, "writeKey"), header_key=basic, max_bytes=MOST_BYTES
    )
    answer = {"success": True}
    if scope["path"] == "/v1/track":
        await _store_one(request)
    else:
        answer |= await _store_many(request)
    await reply(send, 200, to_json(answer))


async def _store_one(request: Opened) -> None:
    message = {**request.body, "type": TRACK}
    make = partial(_record, message, request.body, clock.now_us(), request.sender.source)
    await taking.take_one(request.sender, request.size_bytes, make)


async def _store_many(request: Opened) -> dict[str, Any]:
    parse = partial(_records, request.body, request.sender.source)
    return taking.refusals(await taking.take_many(request.sender, request.size_bytes, parse))


async def _refuse(send: Send, failure: Failure, status: int, headers: Sequence[Header]) -> None:
    """Segment's shape of an error."""
    content = {"success": False, "error": failure.message, "code": failure.code.value}
    challenge = [(b"www-authenticate", b'Basic realm="pulse"')] if failure.code is Code.AUTH_FAILED else []
    await reply(send, status, to_json(content), headers=[*headers, *challenge])


batch = only_post(_take, _refuse)


def _records(body: dict[str, Any], source: str) -> Batch:
    messages = body.get("batch")
    if not isinstance(messages, list):
        raise Rejected("batch must be an array of messages")
    received_us = clock.now_us()
    return batches.checked(batches.numbered(messages), lambda _, message: _record(message, body, received_us, source))


def _record(message: Any, body: dict[str, Any], received_us: int, source: str) -> Record:
    """The record of one message of a request. Errors: Rejected, TooLarge."""
    if not isinstance(message, dict):
        raise Rejected("message must be a JSON object")
    source = source or checked_source(_library(message)) or KIND
    record = record_of(
        {
            "event_type": _event_type(message),
            "version": 1,
            "timestamp": corrected(message.get("timestamp"), body.get("sentAt"), received_us),
            "payload": _payload(message),
        },
        received_us=received_us,
        source=source,
        own_id=key_of_given(KIND, source, message.get("messageId"), name="messageId"),
    )
    if len(record.payload_text) > MOST_MESSAGE_BYTES // 4 and len(record.payload_text.encode()) > MOST_MESSAGE_BYTES:
        raise TooLarge(f"message is larger than {MOST_MESSAGE_BYTES} bytes")
    return record


def _event_type(message: dict[str, Any]) -> str:
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        raise Rejected("type must be one of alias, group, identify, page, screen, track")
    if kind != TRACK:
        return kind
    event = message.get("event")
    if not isinstance(event, str) or not event.strip():
        raise Rejected("event must be a non-empty string")
    return event


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    found = message.get("properties")
    if found is None:
        found = message.get("traits")
    if found is not None and not isinstance(found, dict):
        raise Rejected("properties and traits must be objects")
    payload = dict(found or {})
    for name in BESIDE:
        if message.get(name) is not None:
            payload.setdefault(name, message[name])
    return payload


def _library(message: dict[str, Any]) -> str:
    context = message.get("context")
    return text_of(context.get("library"), "name") if isinstance(context, dict) else ""
