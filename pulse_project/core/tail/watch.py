"""Wake-ups for what other processes write: `PRAGMA data_version` on SQLite, LISTEN on PostgreSQL."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from django.db import connections

from pulse_project.core import conf

LONGEST_POLL_MS = 50
RETRY_SECONDS = 1.0


async def watch_store(on_change: Callable[[], None]) -> None:
    """Call `on_change` for every change of the store, until cancelled. Survives a missing store and its restart."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        await _watch_sqlite(Path(str(connection.settings_dict["NAME"])), on_change)
    else:
        from pulse_project.core.tail.listen import watch_postgresql  # psycopg is there only where PostgreSQL is used

        await watch_postgresql(connection.get_connection_params(), on_change)


async def _watch_sqlite(path: Path, on_change: Callable[[], None]) -> None:
    while True:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(_open(path)) as reader:
            await _poll(reader, on_change)
        on_change()
        await asyncio.sleep(RETRY_SECONDS)


def _open(path: Path) -> sqlite3.Connection:
    """A read-only connection of its own: the version counts commits of all other connections."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0, isolation_level=None)


async def _poll(reader: sqlite3.Connection, on_change: Callable[[], None]) -> None:
    """The look costs microseconds and takes no lock in WAL mode, so it runs on the event loop."""
    seen = None
    while True:
        try:
            version = reader.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            version = None
        if version != seen:
            seen = version
            on_change()
        await asyncio.sleep(min(conf.current().poll_interval_ms, LONGEST_POLL_MS) / 1000)
