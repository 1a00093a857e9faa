"""The hub's own connection to PostgreSQL."""

import asyncio

import psycopg
import pytest
from django.db import connection

from pulse_project.core.hub import Hub
from tests.postgres.conftest import within

pytestmark = pytest.mark.django_db(transaction=True)


def listeners() -> int:
    """Connections to this database that neither the pool nor this onlooker holds."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as onlooker:
        (found,) = onlooker.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    return found - connection.pool.get_stats()["pool_size"]


async def test_a_hub_that_is_stopped_while_it_connects_leaves_no_connection() -> None:
    stopped = []
    for milliseconds in range(10):
        stopped.append(Hub(asyncio.get_running_loop()))
        stopped[-1].start()
        await asyncio.sleep(milliseconds / 1000)
        await stopped[-1].stop()
    assert await asyncio.to_thread(within, 5, lambda: listeners() <= 0)
