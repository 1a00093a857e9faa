"""Deadlines, and answers that wait for their sync."""

import asyncio
import time
from contextvars import Context

import pytest
from django.db import DatabaseError, connection
from django.http import HttpResponse

from pulse_project.core import db, durability
from pulse_project.core.durable_middleware import DurableWritesMiddleware
from pulse_project.core.models import StoreMark
from pulse_project.core.pools import unhurried
from pulse_project.core.sqlite.syncer import SyncFailed

pytestmark = pytest.mark.django_db(transaction=True)

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def put(value: int) -> None:
    with db.write_tx():
        StoreMark.objects.update_or_create(name="mark", defaults={"value": "x" * 2000 + str(value)})


def endless() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[db.vendor()])


async def test_a_job_past_its_deadline_is_interrupted():
    job = asyncio.ensure_future(db.in_slow(endless))
    while not db.pools().slow.busy:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    db.pools().slow.interrupt_overdue(now=float("inf"))
    with pytest.raises(DatabaseError) as stopped:
        await asyncio.wait_for(job, 10)
    assert db.failure_of(stopped.value).details["reason"] == "deadline"


def unhurried_and_endless() -> None:
    with unhurried():
        endless()


async def test_compacting_the_store_may_take_longer_than_a_job():
    job = asyncio.ensure_future(db.in_slow(unhurried_and_endless))
    while not db.pools().slow.busy:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    db.pools().slow.interrupt_overdue(now=time.monotonic() + 3600)
    done, _ = await asyncio.wait({job}, timeout=0.05)
    assert not done
    db.shutdown()
    with pytest.raises(DatabaseError):
        await asyncio.wait_for(job, 10)


async def test_shutdown_does_not_wait_for_busy_threads():
    job = asyncio.ensure_future(db.in_slow(endless))
    while not db.pools().slow.busy:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    db.shutdown()
    with pytest.raises(DatabaseError):
        await asyncio.wait_for(job, 10)


def writing_view(_request: object) -> HttpResponse:
    put(1)
    return HttpResponse("done")


def test_an_answer_waits_for_the_sync_of_its_writes(rf):
    response = DurableWritesMiddleware(writing_view)(rf.post("/"))
    assert response.content == b"done"
    assert durability.is_durable(durability.durable_commit())


async def test_an_asynchronous_answer_waits_as_well(rf):
    async def view(_request: object) -> HttpResponse:
        await db.in_write(put, 1)
        return HttpResponse("done")

    middleware = DurableWritesMiddleware(view)
    response = await middleware(rf.post("/"))
    assert response.content == b"done"


def test_an_answer_whose_sync_failed_is_withheld(rf, monkeypatch):
    def failing(_ticket: int) -> None:
        raise SyncFailed("EIO")

    monkeypatch.setattr(durability, "wait", failing)
    response = DurableWritesMiddleware(lambda _request: HttpResponse("done"))(rf.post("/"))
    assert response.status_code == 503
    assert b"done" not in response.content


def test_a_task_that_outlives_its_opener_waits_for_its_commits_itself(monkeypatch):
    waited = []
    monkeypatch.setattr(durability, "wait", waited.append)
    with durability.collected() as commits:
        durability.settle(1)
    left_behind = Context()
    left_behind.run(durability.collect_into, commits)
    left_behind.run(durability.settle, 2)
    assert (commits.ticket, waited) == (1, [2])
