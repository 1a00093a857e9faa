"""Copying the WAL into the database: only the holder of the write lock does it (a fault in SQLite below 3.51.3)."""

import os
import sqlite3
from typing import Any

EVERY_COMMITS = 128  # about 1000 pages
EVERY_ROWS = 10_000  # the same few pages many times: about as much to copy as from many small commits
LARGE_WAL_BYTES = 4 << 20


def passive(connection: Any) -> bool:
    """Copy what no reader needs any more; the caller holds the write lock. Answers whether the whole WAL was copied."""
    try:
        _, pages, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.OperationalError:  # a full disk: the WAL stays as it is and the next checkpoint tries again
        return False
    return bool(pages == copied)


def truncate(connection: Any) -> bool:
    """Empty the WAL file when no reader uses it; the caller holds the write lock."""
    try:
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    return not is_busy


def is_large(path: str) -> bool:
    return wal_bytes(path) > LARGE_WAL_BYTES


def wal_bytes(path: str) -> int:
    try:
        return os.stat(f"{path}-wal").st_size
    except FileNotFoundError:
        return 0
