"""PostHog's capture API, so that its client libraries are producers: `/batch/`, `/capture/` and `/i/v0/e/`.

The key is the body's `api_key` (or `token`); see `admission.caller_with_key` for what it may be. Per event:

- `event` is the event_type, `timestamp` the timestamp (see `skew` for `sent_at`), the version 1.
- `properties` are the payload. `distinct_id`, `$set` and `$set_once` beside them are added where no property is called
  so; a property that repeats the key of the request is left out.
- The source is the property `$lib` (`posthog-python`) unless the sender has its own, else `posthog`.
- `uuid` is the event's own identity for this source: what comes again with it is a duplicate.
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
from telemetry.canonical import Rejected
from telemetry.endpoints import taking
from telemetry.endpoints.answers import only_post
from telemetry.endpoints.keyed_bodies import opened, text_of
from telemetry.foreign import key_of_given
from telemetry.record import Record, checked_source, record_of
from telemetry.skew import corrected

KIND: Final = "posthog"
BESIDE: Final = ("distinct_id", "$set", "$set_once")
KEYS: Final = frozenset({"api_key", "token"})
_TYPES: Final = {400: "validation_error", 401: "authentication_error", 429: "throttled_error", 503: "server_error"}


async def _take_batch(scope: Scope, receive: Receive, send: Send) -> None:
    request = await opened(scope, receive, _key)
    parse = partial(_records, request.body, request.sender.source)
    stored = await taking.take_many(request.sender, request.size_bytes, parse)
    await reply(send, 200, to_json({"status": "Ok", **taking.refusals(stored)}))


async def _take_one(scope: Scope, receive: Receive, send: Send) -> None:
    request = await opened(scope, receive, _key)
    make = partial(_record, request.body, request.body, clock.now_us(), request.sender.source)
    await taking.take_one(request.sender, request.size_bytes, make)
    await reply(send, 200, b'{"status":1}' if scope["path"].startswith("/capture") else b'{"status":"Ok"}')


async def _refuse(send: Send, failure: Failure, status: int, headers: Sequence[Header]) -> None:
    """PostHog's shape of an error."""
    is_key = failure.code is Code.AUTH_FAILED
    code = "invalid_api_key" if is_key else failure.code.value.lower()
    content = {"type": _TYPES.get(status, "invalid_request"), "code": code, "detail": failure.message}
    challenge = [(b"www-authenticate", b"Bearer")] if is_key else []
    await reply(send, status, to_json(content), headers=[*headers, *challenge])


batch = only_post(_take_batch, _refuse)
capture = only_post(_take_one, _refuse)


def _key(body: dict[str, Any]) -> str:
    return text_of(body, "api_key") or text_of(body, "token")


def _records(body: dict[str, Any], source: str) -> Batch:
    events = body.get("batch")
    if not isinstance(events, list):
        raise Rejected("batch must be an array of events")
    received_us = clock.now_us()
    return batches.checked(batches.numbered(events), lambda _, event: _record(event, body, received_us, source))


def _record(event: Any, body: dict[str, Any], received_us: int, source: str) -> Record:
    """The record of one event of a request. Errors: Rejected."""
    if not isinstance(event, dict):
        raise Rejected("event must be a JSON object")
    name, properties = event.get("event"), event.get("properties")
    if not isinstance(name, str) or not name.strip():
        raise Rejected("event must be a non-empty string")
    if properties is not None and not isinstance(properties, dict):
        raise Rejected("properties must be an object")
    payload = _payload(event, properties or {}, _key(body))
    source = source or checked_source(text_of(payload, "$lib")) or KIND
    return record_of(
        {
            "event_type": name,
            "version": 1,
            "timestamp": corrected(event.get("timestamp"), body.get("sent_at"), received_us),
            "payload": payload,
        },
        received_us=received_us,
        source=source,
        own_id=key_of_given(KIND, source, event.get("uuid"), name="uuid"),
    )


def _payload(event: dict[str, Any], properties: dict[str, Any], key: str) -> dict[str, Any]:
    payload = {name: value for name, value in properties.items() if name not in KEYS or value != key}
    for name in BESIDE:
        if event.get(name) is not None:
            payload.setdefault(name, event[name])
    return payload
