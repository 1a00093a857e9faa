"""Plain SQL for the bus's hot paths: constant statements, rows as tuples, on both engines.

Statements are written once with `%s` for a value and `{in}` after a column for a list given by `many`. `{lock}` at the end of a
SELECT locks the rows of `d` where several writers can meet (PostgreSQL), `{skip}` locks and leaves out what others hold.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from pulse_project.core import statements


class Statement:
    """One constant SQL text, in the spelling of each engine where they differ."""

    __slots__ = ("postgres", "sqlite")

    def __init__(self, text: str) -> None:
        self.sqlite = (
            text.replace("{in}", "IN (SELECT value FROM json_each(%s))").replace("{lock}", "").replace("{skip}", "")
        )
        locked = text.replace("{lock}", " FOR UPDATE OF d").replace("{skip}", " FOR UPDATE SKIP LOCKED")
        self.postgres = locked.replace("{in}", "= ANY(%s)")


def is_sqlite() -> bool:
    return bool(connection.vendor == "sqlite")


def many(values: Iterable[Any]) -> Any:
    """The value of `{in}`."""
    return json.dumps(list(values)) if is_sqlite() else list(values)


def _run(statement: Statement, values: Sequence[Any]) -> Any:
    return statements.execute(statement.sqlite if is_sqlite() else statement.postgres, values)


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
    elif values:
        statements.execute_many(statement.sqlite if is_sqlite() else statement.postgres, values)
