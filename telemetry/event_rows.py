"""Rows of `telemetry_event` in plain SQL: writing many at once, and the columns that reads share."""

from collections.abc import Sequence
from typing import Any

from pulse_project.core import db
from pulse_project.core.statements import execute, execute_many
from pulse_project.core.transactions import take_numbers

COUNTER = "telemetry"  # on PostgreSQL, where plain sequences commit out of order
COLUMNS = (
    "id", "event_id", "type_id", "source_id", "version", "event_ts", "ts_us", "received_us", "stamp", "foreign_key",
    "payload",
)  # fmt: skip

_NAMES = ", ".join((*COLUMNS, "repeats"))
_INSERT = (
    f"INSERT INTO telemetry_event ({_NAMES}) VALUES ({', '.join(['%s'] * len(COLUMNS))}, 0) ON CONFLICT DO NOTHING"  # noqa: S608
)
_TYPES = (
    "bigint", "bytea", "bigint", "bigint", "bigint", "text", "bigint", "bigint", "smallint", "bytea", "text"
)  # fmt: skip
_INSERT_TOGETHER = (
    f"INSERT INTO telemetry_event ({_NAMES})"  # noqa: S608
    f" SELECT *, 0 FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES)})"
    " ON CONFLICT DO NOTHING RETURNING id"
)


def next_number(count: int) -> int:
    """The first of `count` numbers that continue the order of receipt; the write transaction keeps others out."""
    if db.vendor() == "postgresql":
        return take_numbers(COUNTER, count) - count + 1
    row = execute("SELECT seq FROM sqlite_sequence WHERE name = 'telemetry_event'").fetchone()
    return int(row[0]) + 1 if row else 1


def insert(rows: Sequence[Sequence[Any]]) -> set[int]:
    """Insert rows in the order of `COLUMNS`; answers the numbers of those that were new."""
    if db.vendor() == "postgresql":
        columns = [list(column) for column in zip(*rows, strict=True)]
        return {number for (number,) in execute(_INSERT_TOGETHER, columns).fetchall()}
    if execute_many(_INSERT, rows) == len(rows):
        return {row[0] for row in rows}
    found = execute("SELECT id FROM telemetry_event WHERE id >= %s", (rows[0][0],)).fetchall()
    return {number for (number,) in found}


def same_foreign(foreign_key: bytes) -> tuple[Any, ...] | None:
    """What the event of a producer's own id holds: event_id, type_id, version, event_ts, payload."""
    found: tuple[Any, ...] | None = execute(
        "SELECT event_id, type_id, version, event_ts, payload FROM telemetry_event WHERE foreign_key = %s",
        (foreign_key,),
    ).fetchone()
    return found


def count_repeats(event_ids: Sequence[bytes]) -> None:
    """Note that these events were sent once more."""
    if event_ids:
        execute_many(
            "UPDATE telemetry_event SET repeats = repeats + 1 WHERE event_id = %s", [(found,) for found in event_ids]
        )


def delete_ids(numbers: Sequence[int]) -> None:
    """Delete the events of these numbers inside the open write transaction."""
    if numbers:
        execute_many("DELETE FROM telemetry_event WHERE id = %s", [(number,) for number in numbers])
