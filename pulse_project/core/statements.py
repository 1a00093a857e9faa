"""Plain SQL for the hot paths: Django's connection and transaction, without its per-query wrappers."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections

_translated: dict[str, str] = {}


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
    wrapper: Any = connections["default"]
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            return wrapper.connection.execute(_question_marks(sql), parameters)
        return wrapper.connection.execute(sql, parameters or None)


def execute_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one constant statement for every row."""
    wrapper: Any = connections["default"]
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            wrapper.connection.executemany(_question_marks(sql), rows)
        else:
            with wrapper.connection.cursor() as cursor:
                cursor.executemany(sql, rows)
