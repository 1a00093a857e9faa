"""What a client of the websocket may send: frames checked against their shape before anything acts on them."""

from dataclasses import dataclass
from typing import Any

from pulse_project.core import body
from pulse_project.core.errors import Code, Failure
from pulse_project.core.tail import cursors
from pulse_project.core.tail.cursors import Cursors

MAX_BYTES = 64 * 1024
MAX_DEPTH = 5
MAX_TOPICS = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """One topic of a sub frame and where to resume; no cursor = from now on."""

    name: str
    after: Cursors


@dataclass(frozen=True, slots=True)
class Sub:
    topics: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Unsub:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pong:
    pass


def parse_frame(text: str) -> Sub | Unsub | Pong:
    """A frame of the client. Raises Failure (VALIDATION_ERROR, CONTENT_TOO_LARGE)."""
    value = body.loads(text, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
    match value:
        case {"op": "pong"}:
            return Pong()
        case {"op": "sub", "topics": list() as topics}:
            return Sub(tuple(_wanted(item) for item in topics))
        case {"op": "unsub", "topics": list() as names}:
            return Unsub(tuple(_name(item) for item in names))
    raise _invalid('A frame is {"op": "sub" | "unsub", "topics": […]} or {"op": "pong"}.')


def _wanted(item: Any) -> Wanted:
    match item:
        case {"name": str() as name, "after": str() as after}:
            return Wanted(name, _cursor(after))
        case {"name": str() as name} if item.get("after") is None:
            return Wanted(name, {})
    raise _invalid('A topic to follow is {"name": text, "after": cursor or null}.')


def _name(item: Any) -> str:
    match item:
        case str() | {"name": str()}:
            return item if isinstance(item, str) else str(item["name"])
    raise _invalid("A topic to leave is its name.")


def _cursor(text: str) -> Cursors:
    try:
        return cursors.parse(text)
    except ValueError as error:
        raise _invalid("after takes a cursor that Pulse handed out, such as n123.") from error


def _invalid(sentence: str) -> Failure:
    return Failure(Code.VALIDATION_ERROR, sentence)
