"""Deleting much in short transactions, so that whoever writes meanwhile waits for one of them at most."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, connection

from pulse_project.core import db
from pulse_project.core.pools import progressed, unhurried

LEAST_ROWS, MOST_ROWS = 100, 500
STEP_SECONDS = 0.02
PAUSE_SECONDS = 0.002  # a lock that is taken again at once goes to nobody else
TRIES, RETRY_SECONDS = 50, 0.02

Result = TypeVar("Result")


def in_steps(delete: Callable[[int], int], *, limit: int | None = None, most_rows: int = MOST_ROWS) -> tuple[int, bool]:
    """Call `delete(rows)`, which answers how many rows it found, until it finds fewer or `limit` rows are deleted.

    Each call is a write transaction of its own that takes about 20 ms. Answers the rows deleted and whether all went.
    """
    size, deleted = min(LEAST_ROWS, most_rows), 0
    while limit is None or deleted < limit:
        asked = size if limit is None else min(size, limit - deleted)
        count, seconds = one_step(partial(_timed, delete, asked))
        deleted += count
        if count < asked:
            return deleted, True
        size = min(most_rows, size * 2 if seconds < STEP_SECONDS / 2 else size)
        if seconds > STEP_SECONDS:
            size = min(most_rows, max(LEAST_ROWS, size // 2))
        time.sleep(PAUSE_SECONDS)
    return deleted, False


def compact() -> None:
    """Give freed pages back to the disk; writers wait until it is done, so nobody does this unasked."""
    with unhurried(), connection.cursor() as cursor:
        cursor.execute("VACUUM")


def _timed(delete: Callable[[int], int], rows: int) -> tuple[int, float]:
    began = time.monotonic()
    return delete(rows), time.monotonic() - began


def one_step(act: Callable[[], Result]) -> Result:
    """`act` in a write transaction of its own, repeated when it met other writers."""
    for attempt in range(TRIES):
        try:
            with db.write_tx(maintenance=True):
                result = act()
        except DatabaseError as error:
            if attempt == TRIES - 1 or not db.failure_of(error).details["retryable"]:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            break
    progressed()
    return result
