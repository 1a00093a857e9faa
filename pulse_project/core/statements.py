"""Plain SQL for the hot paths: Django's connection and transaction, without its per-query wrappers."""

import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from django.db import connections

MOST_TOGETHER: Final = 32  # rows of one INSERT on SQLite; more make it no faster
_VALUES = re.compile(r"VALUES (\([^()]*\))")
_translated: dict[str, str] = {}


class _OfThread(threading.local):
    wrapper: Any = None


_of_thread = _OfThread()


def connection_here() -> Any:
    """This thread's connection, without the look-ups of Django's proxy, which cost as much as a small statement."""
    wrapper = _of_thread.wrapper
    if wrapper is None:
        wrapper = _of_thread.wrapper = connections["default"]
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
    wrapper = connection_here()
    if wrapper.connection is None:
        wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            return wrapper.connection.execute(_question_marks(sql), parameters)
        return wrapper.connection.execute(sql, parameters or None)


def execute_many(sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run one constant statement for every row; answers how many rows of the table were touched."""
    if len(rows) == 1:
        return int(execute(sql, rows[0]).rowcount)
    wrapper = connection_here()
    if wrapper.connection is None:
        wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            return _many_in_sqlite(wrapper.connection, sql, rows)
        with wrapper.connection.cursor() as cursor:
            cursor.executemany(sql, rows)
            return int(cursor.rowcount)


def _many_in_sqlite(connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> int:
    """Inserts take several rows a statement: a thread gives up the interpreter at each and waits to get it back."""
    values = _VALUES.search(sql)
    if values is None or not sql.startswith("INSERT"):
        return int(connection.executemany(_question_marks(sql), rows).rowcount)
    touched, start = 0, 0
    while start < len(rows):
        size = min(MOST_TOGETHER, 1 << (len(rows) - start).bit_length() - 1)
        parameters = [value for row in rows[start : start + size] for value in row]
        touched += connection.execute(_widened(sql, size), parameters).rowcount
        start += size
    return touched


@lru_cache(maxsize=256)
def _widened(sql: str, size: int) -> str:
    """The statement for `size` rows."""
    return _question_marks(_VALUES.sub(lambda found: f"VALUES {', '.join([found[1]] * size)}", sql, count=1))
