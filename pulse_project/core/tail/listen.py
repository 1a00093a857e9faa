"""Wake-ups on PostgreSQL: one LISTEN connection per process."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import psycopg

SAFETY_SECONDS = 1.0
RECONNECT_SECONDS = 0.25
CHANNEL = "pulse_log"
_CONNECTION_WORDS = frozenset({"dbname", "user", "password", "host", "port", "service", "options", "connect_timeout"})


async def watch_postgresql(params: dict[str, Any], on_change: Callable[[], None]) -> None:
    """Call `on_change` after every commit that wrote a log. A lost connection counts as one and is opened again."""
    wanted = {name: value for name, value in params.items() if name in _CONNECTION_WORDS or name.startswith("ssl")}
    while True:
        with contextlib.suppress(psycopg.Error, OSError):
            async with await psycopg.AsyncConnection.connect(**wanted, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                await _listen(connection, on_change)
        on_change()
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listen(connection: psycopg.AsyncConnection[Any], on_change: Callable[[], None]) -> None:
    """Wake on every notification and, because one may be lost with a connection, once per second anyway."""
    while True:
        on_change()
        async for _ in connection.notifies(timeout=SAFETY_SECONDS):
            on_change()
