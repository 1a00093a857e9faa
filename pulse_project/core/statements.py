"""Plain SQL for the hot paths: Django's connection and transaction, without its per-query wrappers."""

import threading
from collections.abc import Sequence
from typing import Any

from django.db import connections

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
            return int(wrapper.connection.executemany(_question_marks(sql), rows).rowcount)
        with wrapper.connection.cursor() as cursor:
            cursor.executemany(sql, rows)
            return int(cursor.rowcount)
