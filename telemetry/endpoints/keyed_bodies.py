"""JSON bodies that carry the key of their sender, as the client libraries of analytics products send them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pulse_project.core.body import too_large
from pulse_project.core.http_reply import Receive, Scope
from telemetry import canonical
from telemetry.admission import Producer
from telemetry.canonical import Rejected
from telemetry.endpoints import bodies, producers, taking


@dataclass(frozen=True, slots=True)
class Opened:
    """A request's JSON object, its size once inflated, and who sent it."""

    body: dict[str, Any]
    size_bytes: int
    sender: Producer


async def opened(
    scope: Scope,
    receive: Receive,
    key_in: Callable[[dict[str, Any]], str],
    *,
    header_key: str = "",
    max_bytes: int = bodies.MOST_BYTES,
) -> Opened:
    """Read the body and admit its sender, by `header_key` or else by the key that `key_in` finds in the body.

    Errors: AUTH_FAILED first, then those of `bodies.body_of`, VALIDATION_ERROR, CONTENT_TOO_LARGE.
    """
    sender = await producers.with_key(scope, header_key) if header_key else None
    raw = await bodies.body_of(scope, receive)
    if len(raw) > max_bytes:
        raise too_large(max_bytes)
    try:
        body = await taking.read(len(raw), partial(_object, raw))
    except Rejected as rejected:
        if sender is None:  # who shows no key leaves no trace in the figures
            await producers.with_key(scope, "")
        raise taking.refused(rejected) from rejected
    return Opened(body, len(raw), sender or await producers.with_key(scope, key_in(body)))


def text_of(parent: Any, name: str) -> str:
    """The text under a name; empty when there is none or `parent` is no object."""
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, str) else ""


def _object(raw: bytes) -> dict[str, Any]:
    found = canonical.decode(raw)
    if not isinstance(found, dict):
        raise Rejected("the request body is not a JSON object")
    return found
