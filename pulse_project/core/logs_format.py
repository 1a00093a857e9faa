"""Text for logs and terminals: one line per record, nothing in it that a terminal would obey."""

import logging
import re

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)
MAX_ECHO = 80
# What uvicorn says of requests that are no requests: anybody could fill the disk with it.
SAID_OF_STRANGERS = frozenset(
    {
        "ASGI callable returned without completing handshake.",
        "Invalid HTTP request received.",
        "Unsupported upgrade request.",
    }
)
_LINK = re.compile(r"(/login/link/)[^\s\"'?#]+")
_QUERY_KEY = re.compile(r"(?i)(\bapi_key=)[^&\s\"']+")
_KEY = re.compile(r"\b((?:nxs|dash)_[0-9a-f]{4})[0-9a-f]{44}\b")


def printable(text: str) -> str:
    """The same text with control and bidirectional characters written as `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`."""
    return _UNSAFE.sub(_escaped, text)


def echoed(text: str) -> str:
    """What an error may repeat of a caller's own text: 80 characters that show themselves."""
    shown = text[:MAX_ECHO]
    return shown if shown.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in shown)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def without_secrets(line: str) -> str:
    """The same line without keys and one-time links."""
    return _KEY.sub(r"\1...", _QUERY_KEY.sub(r"\1...", _LINK.sub(r"\1...", line)))


class OneLine(logging.Formatter):
    """`2026-01-31T12:00:00 LEVEL logger message`: tracebacks are folded into the same line, secrets are cut."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return printable(without_secrets(super().format(record).replace("\n", " | ")))


class NotOfStrangers(logging.Filter):
    """Drops the lines that a stranger could cause without end."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.msg not in SAID_OF_STRANGERS
