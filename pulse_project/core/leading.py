"""What the serving process does for all: it delivers the outbox and keeps the store in shape."""

import asyncio

from django.db import connection

from pulse_project.core import courier, leader, upkeep


def begin() -> None:
    """The serving process holds the home (SQLite) or stands for election (PostgreSQL)."""
    leader.lead(True)
    upkeep.start()
    courier.start()


async def end() -> None:
    """Off the event loop, because the last marks are read from the store."""
    await asyncio.to_thread(_end)


def _end() -> None:
    courier.stop()
    leader.lead(False)
    upkeep.stop()
    connection.close()
