"""Plain SQL for the bus's hot paths: constant statements, rows as tuples, on both engines.

Statements are written once with `%s` for a value and `{in}` after a column for a list given by `many`. `{lock}` at the
end of a SELECT locks the rows of `d` where several writers can meet (PostgreSQL), `{skip}` leaves out what others hold.
"""

import threading
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connections

from nexus import jsontext


class Statement:
    """One constant SQL text, in the spelling of each engine where they differ."""

    __slots__ = ("postgres", "sqlite")

    def __init__(self, text: str) -> None:
        plain = text.replace("{lock}", "").replace("{skip}", "")
        self.sqlite = plain.replace("{in}", "IN (SELECT value FROM json_each(?))").replace("%s", "?")
        locked = text.replace("{lock}", " FOR UPDATE OF d").replace("{skip}", " FOR UPDATE SKIP LOCKED")
        self.postgres = locked.replace("{in}", "= ANY(%s)")


class Rows:
    """Rows that are inserted together: one statement on PostgreSQL, one prepared statement many times on SQLite."""

    __slots__ = ("postgres", "sqlite")

    def __init__(self, table: str, **columns: str) -> None:
        names, types = ", ".join(columns), ", ".join(f"%s::{kind}[]" for kind in columns.values())
        marks = ", ".join("?" * len(columns))
        self.sqlite = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names from the code
        self.postgres = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({types})"  # noqa: S608

    def insert(self, values: Sequence[Sequence[Any]]) -> None:
        """Insert all of `values`, each in the order of the columns."""
        insert_together((self, values))


class _Thread(threading.local):
    """Django's wrapper of this thread's connection: looking it up costs more than a short statement."""

    wrapper: Any = None


_thread = _Thread()


def _wrapper() -> Any:
    wrapper = _thread.wrapper
    if wrapper is None:
        wrapper = _thread.wrapper = connections["default"]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    return wrapper


def is_sqlite() -> bool:
    return bool(_wrapper().vendor == "sqlite")


def many(values: Iterable[Any]) -> Any:
    """The value of `{in}`."""
    return jsontext.encode(list(values)) if is_sqlite() else list(values)


def _run(statement: Statement, values: Sequence[Any]) -> Any:
    """The driver's cursor after one statement. Raises Django's database errors."""
    wrapper = _wrapper()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            return wrapper.connection.execute(statement.sqlite, values)
        return _prepared(wrapper, statement.postgres, values)


def _prepared(wrapper: Any, text: str, values: Sequence[Any]) -> Any:
    """Run a statement that PostgreSQL plans once per connection; Django's own cursor sends new text every time."""
    from psycopg import Cursor  # an extra of the install: SQLite neither has nor loads it

    cursor = Cursor(wrapper.connection)
    return cursor.execute(text, values, prepare=True)


def rows(statement: Statement, *values: Any) -> list[tuple[Any, ...]]:
    """Every row; also for statements with RETURNING."""
    found: list[tuple[Any, ...]] = _run(statement, values).fetchall()
    return found


def row(statement: Statement, *values: Any) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = _run(statement, values).fetchall()
    return found[0] if found else None


def change(statement: Statement, *values: Any) -> int:
    """Run a write; answers the number of rows it touched."""
    return int(_run(statement, values).rowcount)


def change_many(statement: Statement, values: Sequence[Sequence[Any]]) -> None:
    """Run a write once for each tuple of values."""
    if len(values) == 1:
        _run(statement, values[0])
        return
    if not values:
        return
    wrapper = _wrapper()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            wrapper.connection.executemany(statement.sqlite, values)
        else:
            with wrapper.connection.cursor() as cursor:
                cursor.executemany(statement.postgres, values)


Batch = tuple[Rows, Sequence[Sequence[Any]]]


def insert_together(*batches: Batch) -> None:
    """Insert rows of several tables; one round trip on PostgreSQL."""
    filled = [batch for batch in batches if batch[1]]
    if not filled:
        return
    wrapper = _wrapper()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            for rows_of, values in filled:
                wrapper.connection.executemany(rows_of.sqlite, values)
        else:
            columns = [list(column) for _, values in filled for column in zip(*values, strict=True)]
            _prepared(wrapper, _together(tuple(rows_of for rows_of, _ in filled)), columns)


@cache
def _together(tables: tuple[Rows, ...]) -> str:
    """One statement for all tables: the last is its main part, the others are carried out with it."""
    parts = ", ".join(f"part{number} AS ({table.postgres})" for number, table in enumerate(tables[:-1]))
    return f"WITH {parts} {tables[-1].postgres}" if parts else tables[-1].postgres
