"""PostgreSQL that drops its connections: no wrong answer, no gap, and the pool heals by itself."""

import asyncio
import time

import psycopg
import pytest
from django.db import DatabaseError, connection

from pulse_project.core import db, hub, outbox
from pulse_project.core.models import DomainEvent

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS, ROUNDS = 32, 8
ELSEWHERE = (
    "WITH counted AS (INSERT INTO core_logcounter (name, head, floor) VALUES ('domain', 1, 0))"
    " INSERT INTO core_domainevent (seq, type, actor, created_us, principal, entity_kind, entity_id, from_status,"
    " to_status, payload) VALUES (1, 'test.made', '', 1, '', '', '', '', '', '{}')"
)


@pytest.fixture(autouse=True)
def _later_tests_connect_anew(transactional_db):
    yield
    connection.close()
    connection.pool.check()


def drop_connections() -> None:
    """From a connection that the pool does not know; returns when all others are gone."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as onlooker:
        dropped = onlooker.execute(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
        alive = "SELECT FROM pg_stat_activity WHERE pid = ANY(%s)"
        while onlooker.execute(alive, [[pid for pid, _ in dropped]]).rowcount:
            pass


def emit(caller) -> int:
    with db.write_tx() as tx:
        pending = outbox.emit("test.made", caller=caller)
        tx.flush()
        return pending.seq


async def write_and_collect(caller) -> tuple[list[int], list[dict]]:
    acknowledged, refused = [], []
    for _ in range(ROUNDS):
        try:
            acknowledged.append(await db.in_write(emit, caller))
        except DatabaseError as error:
            refused.append(db.failure_of(error).details)
    return acknowledged, refused


async def test_every_acknowledged_write_is_there_and_refusals_are_honest(operator):
    writers = [asyncio.ensure_future(write_and_collect(operator)) for _ in range(WRITERS)]
    for _ in range(4):
        await asyncio.sleep(0.02)
        await asyncio.to_thread(drop_connections)
    outcomes = await asyncio.gather(*writers)
    known = {seq for acknowledged, _ in outcomes for seq in acknowledged}
    stored = await db.in_read(lambda: list(DomainEvent.objects.order_by("seq").values_list("seq", flat=True)))
    assert known <= set(stored) == set(range(1, len(stored) + 1))
    assert {details["reason"] for _, refused in outcomes for details in refused} <= {"connection"}


async def test_a_read_after_a_lost_connection_answers_at_once(operator):
    await db.in_write(emit, operator)
    for _ in range(3):
        await asyncio.to_thread(drop_connections)
        assert await db.in_read(DomainEvent.objects.count) == 1


def test_a_write_joins_the_numbers_of_a_log_whose_counter_is_missing(operator):
    assert [emit(operator), emit(operator)] == [1, 2]


async def test_waits_go_on_through_lost_connections(operator):
    """The hub loses its LISTEN connection and its reads: it comes back by itself and skips nothing."""
    running = hub.hub()
    await running.ready()
    waits = [
        asyncio.create_task(running.wait_for("d", keys=["type:test.made"], after=0, match=lambda _: True, timeout=20))
        for _ in range(20)
    ]
    await asyncio.sleep(0.05)
    await asyncio.to_thread(drop_connections)
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as elsewhere:
        elsewhere.execute(ELSEWHERE)
    began = time.monotonic()
    try:
        assert await asyncio.gather(*waits) == [True] * 20
        assert time.monotonic() - began < 5
    finally:
        await running.stop()
