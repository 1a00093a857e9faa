"""Rows of `telemetry_event` in plain SQL: writing many at once, and finding one by an id, on both engines.

SQLite has one table with unique ids. PostgreSQL has a partition per month of receipt; there `telemetry_eventkey` makes
ids unique and says where an event lies, and triggers forget the keys of events that are deleted.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from pulse_project.core import db
from pulse_project.core.statements import (
    array_columns,
    connection_here,
    execute,
    execute_many,
    execute_prepared,
    insert_unnumbered,
)
from pulse_project.core.transactions import TAKE_NUMBERS, take_numbers

COUNTER: Final = "telemetry"  # on PostgreSQL, where plain sequences commit out of order
COLUMNS: Final = (
    "id", "event_id", "type_id", "source_id", "version", "event_ts", "ts_us", "received_us", "stamp", "foreign_key",
    "payload", "repeats",
)  # fmt: skip
TYPES: Final = (
    "int8", "bytea", "int8", "int8", "int8", "text", "int8", "int8", "int2", "bytea", "text", "int4",
)  # fmt: skip
COPY_FROM: Final = 200  # rows; below that a statement is faster
NO_EVENT: Final = 0  # the number of a row that was not inserted

_NAMES = ", ".join(COLUMNS)
_INSERT = (
    f"INSERT INTO telemetry_event ({', '.join(COLUMNS[1:])}) VALUES ({', '.join(['%s'] * len(COLUMNS[1:]))})"  # noqa: S608
    " ON CONFLICT DO NOTHING"
)
_LAST_ONES = "SELECT id, event_id, foreign_key FROM telemetry_event ORDER BY id DESC LIMIT %s"
_COPY = f"COPY telemetry_event ({_NAMES}) FROM STDIN"
_KEY = ("id", "event_id", "received_us", "foreign_key")
_key_of = itemgetter(*map(COLUMNS.index, _KEY))
_identity = itemgetter(COLUMNS.index("event_id") - 1, COLUMNS.index("foreign_key") - 1)  # of a row without its number
_GIVEN = f"unnest({', '.join(f'%s::{kind}[]' for kind in TYPES)}) AS given ({_NAMES})"
_TAKE_KEYS = (
    f"INSERT INTO telemetry_eventkey ({', '.join(_KEY)}) SELECT {', '.join(_KEY)} FROM {{given}}"  # noqa: S608
    " ON CONFLICT DO NOTHING RETURNING id"
)
_TAKE_KEYS_OF_MANY = _TAKE_KEYS.format(
    given=f"unnest(%s::int8[], %s::bytea[], %s::int8[], %s::bytea[]) AS given ({', '.join(_KEY)})"
)
_INSERT_WITH_KEYS = (
    f"WITH taken AS ({TAKE_NUMBERS}),"  # noqa: S608
    f" given AS (SELECT taken.head + given.id AS id, {', '.join(COLUMNS[1:])} FROM taken, {_GIVEN}),"
    f" new AS ({_TAKE_KEYS.format(given='given')}),"
    f" stored AS (INSERT INTO telemetry_event ({_NAMES}) SELECT given.* FROM given JOIN new ON new.id = given.id)"
    " SELECT head, ARRAY(SELECT id FROM new) FROM taken"
)

Row = tuple[Any, ...]
Condition = tuple[str, tuple[Any, ...]]
NOTHING: Final[Condition] = ("e.id = 0", ())


def append(rows: Sequence[Row]) -> tuple[list[Row], set[int]]:
    """Insert rows of `COLUMNS` without their ids, under the numbers that continue the order of receipt.

    Answers the rows with their numbers in front, and the numbers of those that were new; the others have numbers that
    no event has. The write transaction keeps others out.
    """
    if db.vendor() != "postgresql":
        return _append_in_sqlite(rows)
    if len(rows) < COPY_FROM:
        return _append_few(rows)
    numbered = _numbered(rows, take_numbers(COUNTER, len(rows)) - len(rows) + 1)
    return numbered, _insert_many(numbered)


def _append_in_sqlite(rows: Sequence[Row]) -> tuple[list[Row], set[int]]:
    count, last = insert_unnumbered(_INSERT, rows)
    if count == len(rows):
        return _numbered(rows, last - count + 1), set(range(last - count + 1, last + 1))
    newest = execute(_LAST_ONES, (count,)).fetchall()  # in the order of the rows, without those that were not inserted
    numbered = []
    for row in rows:
        is_new = bool(newest) and newest[-1][1:] == _identity(row)
        numbered.append((newest.pop()[0] if is_new else NO_EVENT, *row))
    return numbered, {row[0] for row in numbered} - {NO_EVENT}


def _numbered(rows: Sequence[Row], first: int) -> list[Row]:
    return [(number, *row) for number, row in enumerate(rows, first)]


def keep_writers_out() -> None:
    """Have no other transaction number events, or make labels, until the end of this one. SQLite has one writer."""
    if db.vendor() == "postgresql":
        take_numbers(COUNTER, 0)


def last_number() -> int:
    """The highest number ever given to an event, 0 before the first; the event itself may be gone."""
    if db.vendor() == "postgresql":
        row = execute("SELECT head FROM core_logcounter WHERE name = %s", (COUNTER,)).fetchone()
    else:
        row = execute("SELECT seq FROM sqlite_sequence WHERE name = 'telemetry_event'").fetchone()
    return int(row[0]) if row else 0


def go_on_above(number: int) -> None:
    """Give no event a number up to this one from now on: what a store lost when it went back in time."""
    if db.vendor() == "postgresql":
        take_numbers(COUNTER, number - last_number())
    elif not execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'telemetry_event'", (number,)).rowcount:
        execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('telemetry_event', %s)", (number,))


def _append_few(rows: Sequence[Row]) -> tuple[list[Row], set[int]]:
    """On PostgreSQL: numbers, keys and rows in one statement."""
    values = [len(rows), COUNTER, *array_columns(_numbered(rows, 1 - len(rows)))]
    answer = execute_prepared(_INSERT_WITH_KEYS, values).fetchone()
    if answer is None:  # the counter's first use
        keep_writers_out()
        return _append_few(rows)
    head, new = answer
    return _numbered(rows, head - len(rows) + 1), set(new)


def _insert_many(rows: Sequence[Row]) -> set[int]:
    """On PostgreSQL: insert numbered rows; answers the numbers of those that were new."""
    keys = execute_prepared(_TAKE_KEYS_OF_MANY, array_columns([_key_of(row) for row in rows])).fetchall()
    new = {number for (number,) in keys}
    if new:
        _copy([row for row in rows if row[0] in new])
    return new


def _copy(rows: Sequence[Row]) -> None:
    wrapper = connection_here()
    with wrapper.wrap_database_errors, wrapper.connection.cursor() as cursor, cursor.copy(_COPY) as stream:
        stream.set_types(TYPES)
        for row in rows:
            stream.write_row(row)


def with_id(event_id: bytes) -> Condition:
    """The condition on `telemetry_event e` that only the event of that id fulfils."""
    if db.vendor() == "postgresql":
        return _at(
            execute("SELECT id, received_us FROM telemetry_eventkey WHERE event_id = %s", (event_id,)).fetchone()
        )
    return "e.event_id = %s", (event_id,)


def numbers_between(lowest: bytes, highest: bytes, limit: int) -> list[int]:
    """The numbers of up to `limit` events whose ids lie between two, both inclusive: a search by the first digits."""
    table = "telemetry_eventkey" if db.vendor() == "postgresql" else "telemetry_event"
    found = execute(
        f"SELECT id FROM {table} WHERE event_id >= %s AND event_id <= %s ORDER BY event_id LIMIT %s",  # noqa: S608
        (lowest, highest, limit),
    ).fetchall()
    return [number for (number,) in found]


def with_foreign_key(foreign_key: bytes) -> Condition:
    """The condition that only the event of a producer's own id fulfils."""
    if db.vendor() == "postgresql":
        found = execute("SELECT id, received_us FROM telemetry_eventkey WHERE foreign_key = %s", (foreign_key,))
        return _at(found.fetchone())
    return "e.foreign_key = %s", (foreign_key,)


def _at(place: Sequence[int] | None) -> Condition:
    """Number and receipt together name the partition."""
    return NOTHING if place is None else ("e.id = %s AND e.received_us = %s", (place[0], place[1]))


def same_foreign(foreign_key: bytes) -> tuple[Any, ...] | None:
    """What the event of a producer's own id holds: event_id, type_id, version, event_ts, payload."""
    condition, values = with_foreign_key(foreign_key)
    found: tuple[Any, ...] | None = execute(
        f"SELECT event_id, type_id, version, event_ts, payload FROM telemetry_event e WHERE {condition}",  # noqa: S608
        values,
    ).fetchone()
    return found


def count_repeats(event_ids: Sequence[bytes]) -> None:
    """Note that these events were sent once more."""
    if db.vendor() == "postgresql":
        statement = (
            "UPDATE telemetry_event e SET repeats = repeats + 1 FROM telemetry_eventkey k"
            " WHERE k.event_id = %s AND e.id = k.id AND e.received_us = k.received_us"
        )
    else:
        statement = "UPDATE telemetry_event SET repeats = repeats + 1 WHERE event_id = %s"
    if event_ids:
        execute_many(statement, [(found,) for found in event_ids])


def delete_ids(numbers: Sequence[int]) -> None:
    """Delete the events of these numbers, and their keys, inside the open write transaction."""
    if db.vendor() == "postgresql":
        if numbers:
            execute("DELETE FROM telemetry_event WHERE id = ANY(%s)", (list(numbers),))
    elif numbers:
        execute_many("DELETE FROM telemetry_event WHERE id = %s", [(number,) for number in numbers])
