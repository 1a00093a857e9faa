"""Opaque cursors: positions that only the caller and the list they were made for can use."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from django.conf import settings

from pulse_project.core.errors import Code, Failure

_MAC_BYTES = 9


def seal(scope: str, *position: int) -> str:
    """A cursor at `position` of the list that `scope` names."""
    payload = ".".join(map(str, position)).encode()
    return urlsafe_b64encode(_mac(scope, payload) + payload).decode().rstrip("=")


def unseal(scope: str, cursor: str) -> tuple[int, ...]:
    """The position, or VALIDATION_ERROR for anything that `seal` did not make for this scope."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if hmac.compare_digest(mac, _mac(scope, payload)):
            return tuple(int(part) for part in payload.decode().split("."))
    except ValueError:
        pass
    raise Failure(
        Code.VALIDATION_ERROR,
        "cursor is not one of this list. Pass next_cursor back unchanged, or leave it out to start anew.",
        field="cursor",
    )


def _mac(scope: str, payload: bytes) -> bytes:
    key = f"pulse.cursor:{settings.SECRET_KEY}".encode()
    return hmac.new(key, scope.encode("utf-8", "surrogatepass") + b"\0" + payload, sha256).digest()[:_MAC_BYTES]
