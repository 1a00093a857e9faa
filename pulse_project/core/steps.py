"""Deleting much in short transactions, so that whoever writes meanwhile waits for one of them at most."""

import time
from collections.abc import Callable

from pulse_project.core import db
from pulse_project.core.pools import progressed

FIRST_ROWS, MOST_ROWS = 100, 500
STEP_SECONDS = 0.02
PAUSE_SECONDS = 0.002  # a lock that is taken again at once goes to nobody else


def in_steps(delete: Callable[[int], int], *, limit: int | None = None, most_rows: int = MOST_ROWS) -> tuple[int, bool]:
    """Call `delete(rows)`, which answers how many rows it found, until it finds fewer or `limit` rows are deleted.

    Each call is a write transaction of its own that takes about 20 ms. Answers the rows deleted and whether all went.
    """
    size, deleted = min(FIRST_ROWS, most_rows), 0
    while limit is None or deleted < limit:
        size = size if limit is None else min(size, limit - deleted)
        began = time.monotonic()
        with db.write_tx(maintenance=True):
            count = delete(size)
        spent = time.monotonic() - began
        deleted += count
        if count < size:
            return deleted, True
        size = max(1, min(most_rows, size * 2 if spent < STEP_SECONDS / 2 else size))
        if spent > STEP_SECONDS:
            size = max(1, size // 2)
        progressed()
        time.sleep(PAUSE_SECONDS)
    return deleted, False
