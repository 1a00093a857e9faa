"""Worker threads: how many there are, and how long one keeps its connection."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from pulse_project.core import db, pools

pytestmark = pytest.mark.django_db(transaction=True)


def look() -> Any:
    """The driver's connection of this thread."""
    connection.ensure_connection()
    return connection.connection


async def becomes(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.001)


async def test_calls_one_after_another_meet_one_worker() -> None:
    for _ in range(50):
        await db.in_read(look)
    assert len(db.pools().read.workers) == 1


async def test_calls_at_once_meet_a_worker_each() -> None:
    meeting = threading.Barrier(3, timeout=10)
    await asyncio.gather(*(db.in_read(meeting.wait) for _ in range(3)))
    assert len(db.pools().read.workers) == 3


async def test_a_worker_keeps_its_connection_from_one_job_to_the_next() -> None:
    assert await db.in_read(look) is await db.in_read(look)


async def test_a_worker_without_work_gives_a_pooled_connection_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "KEEP_SECONDS", 0.001)
    await db.in_read(look)
    (worker,) = db.pools().read.workers
    is_pooled = db.vendor() == "postgresql"
    await becomes(lambda: (worker.connection.connection is None) is is_pooled)
    assert (await db.in_read(look)) is not None
