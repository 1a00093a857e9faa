"""Ids that producers give their events, as the second thing that makes an event the same."""

import hashlib

KEY_BYTES = 16


def key_of(kind: str, scope: str, identifier: str) -> bytes:
    """The 16 bytes under which a producer's own id is unique: within its kind (`key`, `cloudevents`...) and scope."""
    text = "\x1f".join((kind, scope, identifier))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]
