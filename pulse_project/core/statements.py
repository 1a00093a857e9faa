"""Plain SQL for the hot paths: Django's connection and transaction, without its per-query wrappers."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connections

MOST_TOGETHER: Final = 32  # rows of one INSERT on SQLite; more make it no faster
_VALUES = re.compile(r"VALUES (\([^()]*\))")
_INSERT_OF_VALUES = re.compile(r"INSERT INTO (\w+) \(([\w, ]+)\) VALUES \((?:%s, )*%s\)")
_COLUMN_TYPES = "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass"
_translated: dict[str, str] = {}
_arrays: dict[str, str] = {}


class _OfThread(threading.local):
    wrapper: Any = None


_of_thread = _OfThread()


def connection_here() -> Any:
    """This thread's connection, without the look-ups of Django's proxy, which cost as much as a small statement."""
    wrapper = _of_thread.wrapper
    if wrapper is None:
        wrapper = _of_thread.wrapper = connections["default"]
    return wrapper


def _connected() -> Any:
    """This thread's connection, open."""
    wrapper = connection_here()
    if wrapper.connection is None:
        wrapper.ensure_connection()
    return wrapper


def _question_marks(sql: str) -> str:
    """The statement with SQLite's placeholders; translated once, because the hot statements are constants."""
    found = _translated.get(sql)
    if found is None:
        found = _translated[sql] = sql.replace("%s", "?").replace("%%", "%")
    return found


def execute(sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Run one constant statement with `%s` placeholders inside the open transaction; returns the driver's cursor.

    Raises Django's database errors. Outside a transaction use Django's own cursor, which takes the write lock.
    """
    wrapper = _connected()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            return wrapper.connection.execute(_question_marks(sql), parameters)
        return wrapper.connection.execute(sql, parameters or None)


def execute_many(sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run one constant statement for every row; answers how many rows of the table were touched.

    Rows of `INSERT ... ON CONFLICT DO UPDATE` must differ in what they conflict by: PostgreSQL refuses to update a row
    twice in one statement.
    """
    wrapper = _connected()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            return _many_in_sqlite(wrapper.connection, sql, rows)
        return _many_in_postgresql(wrapper.connection, sql, rows)


def execute_together(parts: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> None:
    """Run constant inserts, each for all rows of its own. On PostgreSQL they are one statement and have no order."""
    wrapper = _connected()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            for sql, rows in parts:
                _many_in_sqlite(wrapper.connection, sql, rows)
            return
        if len(parts) == 1:
            _many_in_postgresql(wrapper.connection, *parts[0])
            return
        inserts = [_together(wrapper.connection, sql) for sql, _ in parts]
        columns = [column for _, rows in parts for column in array_columns(rows)]
        _prepared(wrapper.connection, _one_of(tuple(inserts)), columns)


def execute_prepared(sql: str, parameters: Sequence[Any]) -> Any:
    """Run one constant statement of PostgreSQL that is planned once a connection; returns the driver's cursor."""
    wrapper = _connected()
    with wrapper.wrap_database_errors:
        return _prepared(wrapper.connection, sql, parameters)


def _prepared(connection: Any, sql: str, parameters: Sequence[Any]) -> Any:
    from psycopg import Cursor  # an extra of the install; Django's own cursor sends the values within a new text

    return Cursor(connection).execute(sql, parameters, prepare=True)


def array_columns(rows: Sequence[Sequence[Any]]) -> list[str]:
    """The columns of rows as arrays in PostgreSQL's own spelling; a text leaves the type to the statement.

    The driver spells a list value by value and names the narrowest type of its numbers, so that a statement is planned
    again for each combination of widths. Errors: TypeError for values other than numbers, texts, bytes, UUIDs and None.
    """
    return [
        "{" + ",".join([_SPELLINGS.get(type(value), _spelling)(value) for value in column]) + "}"
        for column in zip(*rows, strict=True)
    ]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _spelling(value: Any) -> str:
    """Of a value whose class is derived from a known one, such as a member of an enumeration."""
    for kind in (str, int):
        if isinstance(value, kind):
            return _SPELLINGS[kind](kind(value))
    raise TypeError(f"an array of {type(value).__name__} has no spelling here")


_SPELLINGS: Final[Mapping[type, Callable[[Any], str]]] = {
    int: str,
    bool: str,
    str: _quoted,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    UUID: str,
    type(None): lambda _: "NULL",
}


def _many_in_postgresql(connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """Inserts take all rows in one statement, a column an array: it is planned once and answered once."""
    if not rows:
        return 0
    together = _together(connection, sql)
    if together:
        return int(_prepared(connection, together, array_columns(rows)).rowcount)
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)
        return int(cursor.rowcount)


def _together(connection: Any, sql: str) -> str:
    """An insert of values as one of arrays; empty for other statements. The table is asked once for its types."""
    found = _arrays.get(sql)
    if found is None:
        found = ""
        insert = _INSERT_OF_VALUES.match(sql)
        if insert is not None:
            types = dict(connection.execute(_COLUMN_TYPES, (insert[1],)).fetchall())
            arrays = ", ".join(f"%s::{types[name]}[]" for name in insert[2].split(", "))
            found = f"INSERT INTO {insert[1]} ({insert[2]}) SELECT * FROM unnest({arrays}){sql[insert.end() :]}"  # noqa: S608 - of a constant statement
        _arrays[sql] = found
    return found


@lru_cache(maxsize=256)
def _one_of(inserts: tuple[str, ...]) -> str:
    named = ", ".join(f"part{place} AS ({insert})" for place, insert in enumerate(inserts[:-1]))
    return f"WITH {named} {inserts[-1]}"


def insert_unnumbered(sql: str, rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """On SQLite, insert rows without their numbers: how many were new, and the number of the last one of these.

    Within a statement, and within the write transaction, numbers follow each other in the order of the rows.
    """
    wrapper = _connected()
    with wrapper.wrap_database_errors:
        new, last = 0, 0
        for cursor in _in_turn(wrapper.connection, sql, rows):
            if cursor.rowcount:
                new, last = new + cursor.rowcount, cursor.lastrowid
        return new, last


def _many_in_sqlite(connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """Inserts take several rows a statement: a thread gives up the interpreter at each and waits to get it back."""
    if len(rows) == 1:
        return int(connection.execute(_question_marks(sql), rows[0]).rowcount)
    if not _takes_several(sql):
        return int(connection.executemany(_question_marks(sql), rows).rowcount)
    return sum(cursor.rowcount for cursor in _in_turn(connection, sql, rows))


def _in_turn(connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> Iterator[Any]:
    """The driver's cursor of every statement that an insert of these rows takes."""
    for start in range(0, len(rows), MOST_TOGETHER):
        some = rows[start : start + MOST_TOGETHER]
        yield connection.execute(_widened(sql, len(some)), [value for row in some for value in row])


@lru_cache(maxsize=1024)
def _takes_several(sql: str) -> bool:
    return sql.startswith("INSERT") and _VALUES.search(sql) is not None


@lru_cache(maxsize=1024)
def _widened(sql: str, size: int) -> str:
    """The statement for `size` rows."""
    return _question_marks(_VALUES.sub(lambda found: f"VALUES {', '.join([found[1]] * size)}", sql, count=1))
