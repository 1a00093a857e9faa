"""JSON of producers: decoding, the canonical text and the event id that published clients compute themselves.

CPython's own formatting is part of the contract: another writer prints `1e20` where CPython prints `1e+20`, and the
content hash would differ.
"""

import hashlib
import json
from collections.abc import Callable
from json import encoder
from typing import Any, Final

MAX_DEPTH: Final = 64
MAX_EVENT_BYTES: Final = 1024 * 1024
INT64: Final = range(-(2**63), 2**63)

_SEPARATOR = "\x1f"
_decoder = json.JSONDecoder()


def _text_maker() -> Callable[[dict[str, Any]], str]:
    """The writer of canonical texts. `JSONEncoder.encode` makes itself CPython's encoder anew at each call."""
    plain = json.JSONEncoder(
        sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
    )
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without it
        return plain.encode
    in_c = make(None, plain.default, encoder.encode_basestring, None, ":", ",", True, False, False)
    return lambda payload: "".join(in_c(payload, 0))


_text_of = _text_maker()


class Rejected(ValueError):
    """A record that is not stored. The sentence is constant and never repeats what was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotJson(Rejected):
    """Text that is no JSON; `reason` is the parser's own sentence."""


class TooLarge(Rejected):
    """An event above `MAX_EVENT_BYTES`."""


def decode(raw: bytes | str) -> Any:
    """The value of a JSON text in UTF-8, UTF-16 or UTF-32 with or without a byte order mark. Errors: NotJson."""
    try:
        return _object(raw) if isinstance(raw, bytes) and raw[:1] == b"{" and raw[1:2] != b"\0" else json.loads(raw)
    except json.JSONDecodeError as error:
        raise NotJson(error.msg) from error
    except UnicodeDecodeError as error:
        raise NotJson("not UTF-8 text") from error
    except RecursionError as error:
        raise NotJson("nested too deeply") from error
    except ValueError as error:  # an integer beyond the interpreter's limit of digits
        raise NotJson("an integer has too many digits") from error


def _object(raw: bytes) -> Any:
    """What `json.loads` answers for an object in UTF-8, which every event is: that asks first what else it could be."""
    text = str(raw, "utf-8", "surrogatepass")
    found, end = _decoder.raw_decode(text)
    return found if end == len(text) else json.loads(text)


def canonical(payload: dict[str, Any]) -> str:
    """The one text of a payload, which is hashed and stored. Errors: Rejected, TooLarge."""
    try:
        text = _text_of(payload)
    except RecursionError as error:
        raise Rejected(f"payload nests deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise Rejected("payload holds a number that JSON cannot represent") from error
    if text.count("{") + text.count("[") > MAX_DEPTH:
        _check_depth(payload)
    if "\\u0000" in text and _holds_nul(payload):
        raise Rejected("payload holds the NUL character")
    if len(text) > MAX_EVENT_BYTES // 4 and len(_utf8(text)) > MAX_EVENT_BYTES:
        raise TooLarge(f"event is larger than {MAX_EVENT_BYTES} bytes")
    return text


def event_id(event_type: str, version: int, event_ts: str, payload_text: str, own_id: bytes | None = None) -> bytes:
    """The 32 bytes of the content hash; its lower-case hex is the published id. Errors: Rejected (surrogates).

    `own_id`: an identity that the wire format gives the event beside its content; native events have none.
    """
    identity = _SEPARATOR.join((event_type, str(version), event_ts, payload_text))
    if own_id is not None:
        identity += _SEPARATOR + own_id.hex()
    return hashlib.sha256(_utf8(identity)).digest()


def check_characters(text: str) -> None:
    """Refuse text that UTF-8 cannot carry. Errors: Rejected."""
    _utf8(text)


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Rejected("text holds half of a surrogate pair") from error


def _check_depth(payload: dict[str, Any]) -> None:
    level: list[Any] = [payload]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
        if not level:
            return
    raise Rejected(f"payload nests deeper than {MAX_DEPTH} levels")


def _children(parent: Any) -> Any:
    return parent.values() if isinstance(parent, dict) else parent


def _holds_nul(payload: dict[str, Any]) -> bool:
    pending: list[Any] = [payload]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if "\x00" in item:
                return True
        elif isinstance(item, dict):
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return False
