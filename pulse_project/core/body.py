"""The one JSON parser of every entry point: bounded before anything else sees a value."""

import json
import math
from typing import Any, Final

from pulse_project.core.errors import Code, Failure

MAX_BYTES: Final = 1024 * 1024
MAX_BATCH_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 64
MAX_DIGITS: Final = 20


class Malformed(Failure):
    """Refused text. `reason` tells unreadable JSON (`syntax`, `encoding`) from values out of bounds."""

    def __init__(self, reason: str, message: str, **details: Any) -> None:
        super().__init__(Code.VALIDATION_ERROR, message, reason=reason, **details)
        self.reason = reason

    @property
    def is_readable(self) -> bool:
        """The text is JSON, only a value in it is out of bounds: `salvage` can still tell who asked what."""
        return self.reason not in {"syntax", "encoding"}


def loads(raw: bytes | bytearray | str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text.

    Refused: more than `max_bytes` (CONTENT_TOO_LARGE); other encodings than UTF-8, values nested deeper than
    `max_depth`, integers of more than 20 digits, numbers that are not finite, duplicate keys, lone surrogates, and NUL
    in strings, which PostgreSQL cannot store (all VALIDATION_ERROR with `details.reason`).
    """
    if len(raw) > max_bytes:
        raise too_large(max_bytes)
    text = raw if isinstance(raw, str) else _decoded(raw)
    try:
        value = _strict.decode(text)
    except json.JSONDecodeError as error:
        raise Malformed("syntax", "The body is not valid JSON.", position=error.pos) from error
    except RecursionError as error:
        raise _too_deep(max_depth) from error
    if text.count("{") + text.count("[") > max_depth:
        _check_depth(value, max_depth)
    if "\\u" in text or (isinstance(raw, str) and not _is_encodable(raw)):
        _check_strings(value)
    return value


def salvage(raw: bytes | bytearray) -> Any:
    """What `loads` refused for its values, read to learn the id of the request; None when it is no JSON."""
    try:
        return json.loads(raw, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else None)
    except (ValueError, RecursionError):
        return None


def too_large(max_bytes: int) -> Failure:
    return Failure(Code.CONTENT_TOO_LARGE, f"The body is larger than {max_bytes} bytes.", max_bytes=max_bytes)


def _decoded(raw: bytes | bytearray) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("encoding", "The body is not UTF-8 text.", position=error.start) from error


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("duplicate_key", "An object names the same key twice.")
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS and len(digits.lstrip("-")) > MAX_DIGITS:
        raise Malformed("number", f"An integer has more than {MAX_DIGITS} digits.")
    return int(digits)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Malformed("number", "A number is too large to be represented.")
    return value


def _constant(name: str) -> Any:
    raise Malformed("number", f"{name} is not a JSON number.")


_strict = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_float=_number, parse_constant=_constant)


def _too_deep(max_depth: int) -> Malformed:
    return Malformed("depth", f"The body nests deeper than {max_depth} levels.", max_depth=max_depth)


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(max_depth):
        if not level:
            return
        level = [child for parent in level for child in _children(parent) if isinstance(child, dict | list)]
    if level:
        raise _too_deep(max_depth)


def _children(parent: Any) -> Any:
    return parent.values() if isinstance(parent, dict) else parent


def _check_strings(value: Any) -> None:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            _check_string(item)
        elif isinstance(item, dict):
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _check_string(text: str) -> None:
    if "\x00" in text:
        raise Malformed("nul", "A string holds the NUL character, which cannot be stored.")
    if not text.isascii() and not _is_encodable(text):
        raise Malformed("surrogate", "A string holds half of a surrogate pair, which is no character.")
