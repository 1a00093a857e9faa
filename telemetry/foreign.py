"""Ids that producers give their events, as the second thing that makes an event the same."""

import hashlib
from typing import Any

from telemetry.canonical import Rejected

KEY_BYTES = 16
MOST_CHARACTERS = 200


def key_of(kind: str, scope: str, identifier: str) -> bytes:
    """The 16 bytes under which a producer's own id is unique: within its kind (`key`, `cloudevents`...) and scope."""
    text = "\x1f".join((kind, scope, identifier))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]


def key_of_given(kind: str, scope: str, identifier: Any, *, name: str) -> bytes | None:
    """The key of an id that a record carries under `name`, None when it carries none. Errors: Rejected."""
    if identifier is None:
        return None
    if not isinstance(identifier, str) or not 0 < len(identifier) <= MOST_CHARACTERS:
        raise Rejected(f"{name} must be a string of 1 to {MOST_CHARACTERS} characters")
    return key_of(kind, scope, identifier)
