"""Events as files: NDJSON, CSV for spreadsheets, Parquet for analysis. Written piece by piece, in order."""

import csv
import io
import re
from collections.abc import Sequence
from typing import ClassVar, Final, Literal, Protocol

from pydantic_core import to_json

from telemetry.event_reads import EventItem

Format = Literal["ndjson", "csv", "parquet"]
COLUMNS: Final = tuple(EventItem.__annotations__)
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # how OWASP says that formulas begin


class Writer(Protocol):
    """Makes bytes of events; everything returned so far is a prefix of the file. One thread at a time."""

    media_type: ClassVar[bytes]

    def begin(self) -> bytes:
        """What comes before the first event."""
        ...

    def write(self, events: Sequence[EventItem]) -> bytes:
        """These events, or an earlier part of what was written so far."""
        ...

    def end(self) -> bytes:
        """What is left, and what comes after the last event."""
        ...


class Ndjson:
    """One event a line, each as `GET /v1/events` shows it."""

    media_type: ClassVar[bytes] = b"application/x-ndjson"

    def begin(self) -> bytes:
        return b""

    def write(self, events: Sequence[EventItem]) -> bytes:
        return b"".join(to_json(event) + b"\n" for event in events)

    def end(self) -> bytes:
        return b""


class Csv:
    """A header and a line an event (RFC 4180); the payload is JSON text. No cell begins a formula."""

    media_type: ClassVar[bytes] = b"text/csv; charset=utf-8; header=present"

    def begin(self) -> bytes:
        return _lines([COLUMNS])

    def write(self, events: Sequence[EventItem]) -> bytes:
        return _lines([[cell(value) for value in _flat(event).values()] for event in events])

    def end(self) -> bytes:
        return b""


def cell(value: object) -> object:
    """Text that a spreadsheet would calculate gets a leading apostrophe; numbers stay numbers."""
    if not isinstance(value, str) or not value.startswith(_FORMULA) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def payload_text(event: EventItem) -> str:
    """The payload as JSON text."""
    return to_json(event["payload"]).decode()


def _flat(event: EventItem) -> dict[str, object]:
    return {**event, "payload": payload_text(event)}


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue().encode()
