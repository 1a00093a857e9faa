"""What one agent may ask of the bus: peers, recipients, messages a minute, size of inboxes and of inline text."""

from collections.abc import Collection
from typing import Any

from nexus import jsontext, sql
from pulse_project.core import conf
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller
from pulse_project.core.ratelimit import Buckets

MAX_UNREAD = 10_000

_FULL = sql.Statement("SELECT agent_id FROM nexus_lanecount WHERE agent_id {in} AND unread >= %s")

messages = Buckets()


def spend_message(caller: Caller) -> None:
    """Count one message of the caller's own limit. Errors: RATE_LIMITED with `retry_after_seconds`."""
    per_minute = caller.limits.messages_per_minute
    if not per_minute:
        return
    wait_seconds = messages.take(caller.bucket, per_minute)
    if wait_seconds:
        raise Failure(
            Code.RATE_LIMITED,
            "This identity has sent its messages of this minute. Wait and repeat the same call.",
            retryable=True,
            retry_after_seconds=max(1, round(wait_seconds + 0.5)),
            limit=per_minute,
            required_permission="limits.messages_per_minute",
        )


def check_recipient_count(count: int, caller: Caller) -> None:
    """Errors: PERMISSION_DENIED above the caller's max_recipients."""
    limit = caller.limits.max_recipients
    if limit and count > limit:
        raise Failure(
            Code.PERMISSION_DENIED,
            "That target reaches more agents than this identity may write to at once.",
            limit=limit,
            recipient_count=count,
            required_permission="limits.max_recipients",
        )


def barred(agent_ids: Collection[str], caller: Caller) -> set[str]:
    """Those that the caller's allowed_peers leave out; an empty list of peers allows everybody."""
    peers = caller.limits.allowed_peers
    return {agent_id for agent_id in agent_ids if agent_id not in peers} if peers else set()


def check_room(unread: int) -> None:
    """Errors: RATE_LIMITED when the one inbox that a message entered holds more than its cap."""
    if unread > MAX_UNREAD:
        raise Failure(
            Code.RATE_LIMITED,
            "That inbox is full. Wait until its owner has read some of it.",
            reason="inbox_full",
            limit=MAX_UNREAD,
            retry_after_seconds=60,
        )


def full_inboxes(agent_ids: Collection[str]) -> set[str]:
    """Those whose unread lane is at its cap."""
    if not agent_ids:
        return set()
    return {row[0] for row in sql.rows(_FULL, sql.many(sorted(agent_ids)), MAX_UNREAD)}


def check_inline(text: str, field: str) -> None:
    """Errors: CONTENT_TOO_LARGE when `text` has more bytes of UTF-8 than `max_inline_bytes`."""
    limit = conf.current().max_inline_bytes
    if len(text) * 4 > limit and (size := len(text.encode("utf-8", "surrogatepass"))) > limit:
        raise Failure(
            Code.CONTENT_TOO_LARGE,
            f"{field} is larger than the inline limit. Store it as an artifact of type file and send its id.",
            field=field,
            size_bytes=size,
            max_inline_bytes=limit,
        )


def json_text(value: Any, field: str) -> str:
    """`value` as compact JSON within the inline limit. Errors: VALIDATION_ERROR, CONTENT_TOO_LARGE."""
    try:
        text = jsontext.encode(value)
    except (TypeError, ValueError, RecursionError):
        raise Failure(Code.VALIDATION_ERROR, f"{field} is not representable as JSON.", field=field) from None
    if "\\u0000" in text and _has_nul(value):
        raise Failure(Code.VALIDATION_ERROR, f"{field} must not contain a NUL character.", field=field)
    check_inline(text, field)
    return text


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(_has_nul(item) for item in value)
