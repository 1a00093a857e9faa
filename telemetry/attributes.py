"""Declared payload keys: which ones there are, and the rows that make filtering by them an index look-up."""

import time
from collections.abc import Sequence
from typing import Any, Final

from pulse_project.core.statements import execute, execute_many
from telemetry import labels
from telemetry.rollups.contributions import Row, key_text

KEEP_SECONDS: Final = 1.0
_INSERT = "INSERT INTO telemetry_attribute (key_id, value_id, event_number) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"


class _Declared:
    """Number by name, read again every second: other processes declare keys too."""

    keys: dict[str, int]

    def __init__(self) -> None:
        self.keys = {}
        self.until = 0.0

    def read(self) -> dict[str, int]:
        return self.keys if time.monotonic() < self.until else self.read_again()

    def read_again(self) -> dict[str, int]:
        self.keys = dict(execute("SELECT name, id FROM telemetry_payloadkey").fetchall())
        self.until = time.monotonic() + KEEP_SECONDS
        return self.keys


_declared = _Declared()


def declared() -> dict[str, int]:
    """The declared keys by name. Inside a transaction."""
    return _declared.read()


def filterable() -> dict[str, int]:
    """The declared keys by which every stored event can be found. Inside a transaction."""
    return dict(execute("SELECT name, id FROM telemetry_payloadkey WHERE is_complete").fetchall())


def forget() -> None:
    """Read the declared keys again at the next use."""
    _declared.until = 0.0


def add(rows: Sequence[Row]) -> None:
    """Index stored events by the declared keys that they carry, inside the transaction that stores them."""
    if not declared():
        return
    keys = _declared.read_again()  # one may have been deleted meanwhile
    index([(key, row.payload[name], row.id) for row in rows for name, key in keys.items() if name in row.payload])


def index(found: Sequence[tuple[int, Any, int]]) -> None:
    """Store that an event has a value: number of the key, value as sent, number of the event."""
    values = [(key, key_text(value), number) for key, value, number in found]
    if values:
        named = labels.numbered({text for _, text, _ in values})
        execute_many(_INSERT, [(key, named[text].id, number) for key, text, number in values])
