"""Repeats of a write: the same key and arguments answer the first result, other arguments are refused."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import IdempotencyRecord
from pulse_project.core.operations import Operation
from pulse_project.core.principals import Caller

KEEP_US = 24 * 3600 * 1_000_000
MAX_LENGTH = 200


def checked_key(value: Any) -> str | None:
    """The key, None for null; anything but 1..200 printable ASCII characters is refused."""
    if value is None:
        return None
    if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH and value.isascii() and value.isprintable():
        return value
    raise Failure(
        Code.VALIDATION_ERROR, "idempotency_key takes 1 to 200 printable ASCII characters.", field="idempotency_key"
    )


def replay(operation: Operation, key: str, raw: Mapping[str, Any], caller: Caller) -> Any | None:
    """The kept answer of an earlier call, None when this is the first."""
    row = IdempotencyRecord.objects.filter(scope=caller.bucket, operation=operation.name, key=key).first()
    if row is None or row.created_us < clock.now_us() - KEEP_US:
        if row is not None:
            row.delete()
        return None
    if row.fingerprint != _fingerprint(raw):
        raise Failure(
            Code.IDEMPOTENCY_CONFLICT,
            "That idempotency_key was used with other arguments. Send a new key.",
            operation=operation.name,
        )
    return row.answer


def keep(operation: Operation, key: str, raw: Mapping[str, Any], caller: Caller, answer: Any) -> None:
    """Store the answer in the write's own transaction; secrets are replaced by null."""
    kept = {**without_secrets(answer), "replayed": True} if operation.secret_output else answer
    IdempotencyRecord.objects.create(
        scope=caller.bucket, operation=operation.name, key=key, fingerprint=_fingerprint(raw), answer=kept
    )


SECRET_FIELDS = frozenset({"session_secret", "api_key", "secret", "token", "link"})


def without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: None if name in SECRET_FIELDS else without_secrets(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def _fingerprint(raw: Mapping[str, Any]) -> str:
    canonical = json.dumps(dict(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
