"""Long polls on a running hub: woken by what concerns them, by time, and by nothing else."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from nexus import event_reads, grace, leases
from pulse_project.core import clock, conf, db, executor, hub
from pulse_project.core.operations import REGISTRY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
POOL = {"strategy": "capability", "capability": "py"}


@pytest.fixture
async def live_hub(transactional_db):
    running = hub.hub()
    await running.ready()
    yield running
    await running.stop()


async def call(name, caller, **arguments):
    operation = REGISTRY[name]
    outcome = await executor.call(operation, arguments, caller)
    return outcome.body(operation.envelope)


@pytest.fixture
def offer(alice, project):
    def offer(target=None, **more):
        arguments = {"from_agent_id": "alice", "target": target or POOL, "visibility": "public", **more}
        return call("handoff_create", alice, project_root=project, **arguments)

    return offer


@asynccontextmanager
async def waiting(name, caller, count=1, **arguments):
    """`count` calls that wait; ends when the block ends."""
    tasks = [asyncio.create_task(call(name, caller, **arguments)) for _ in range(count)]
    while hub.hub().stats().waiters < count:
        await asyncio.sleep(0.005)
    yield tasks
    for task in tasks:
        task.cancel()


@pytest.fixture
def event_wait(bob, project):
    def event_wait(count=1, **more):
        arguments = {"agent_id": "bob", "stream": "handoff", "timeout_seconds": 20, **more}
        return waiting("event_wait", bob, count, project_root=project, **arguments)

    return event_wait


@pytest.fixture
def list_wait(bob, project):
    def list_wait(count=1, **more):
        arguments = {"agent_id": "bob", "timeout_seconds": 20, **more}
        return waiting("handoff_list_available", bob, count, project_root=project, **arguments)

    return list_wait


@pytest.fixture
def impatient(monkeypatch):
    """Waits end after a moment."""
    from dataclasses import replace

    settings = replace(conf.current(), max_wait_timeout_seconds=0.03)
    monkeypatch.setattr(conf, "current", lambda: settings)


async def test_a_snapshot_never_waits(live_hub, bob, project):
    for timeout in (0, None, -1):
        body = await call(
            "event_wait", bob, project_root=project, agent_id="bob", stream="agent", timeout_seconds=timeout
        )
        assert body["data"]["timed_out"] is False


async def test_an_event_that_is_there_answers_at_once(live_hub, offer, bob, project):
    await offer()
    body = await call("event_wait", bob, project_root=project, agent_id="bob", stream="handoff", timeout_seconds=20)
    assert [event["type"] for event in body["data"]["events"]] == ["handoff.created"]


async def test_a_write_wakes_the_waiter(live_hub, offer, event_wait):
    async with event_wait() as (waiter,):
        handoff_id = (await offer())["data"]["handoff_id"]
        body = await asyncio.wait_for(waiter, 5)
    assert body["data"]["events"][0]["handoff_id"] == handoff_id
    assert body["data"]["timed_out"] is False


async def test_time_out_keeps_the_cursor(live_hub, offer, bob, project, impatient):
    await offer()
    head = await db.in_read(event_reads.log_head)
    body = await call(
        "event_wait", bob, project_root=project, agent_id="bob", stream="workspace", cursor=head, timeout_seconds=5
    )
    assert body["data"] == {"events": [], "next_cursor": head, "has_more": False, "timed_out": True}


async def test_what_is_invisible_or_filtered_wakes_nobody_and_asks_no_question(
    live_hub, offer, event_wait, monkeypatch
):
    async with event_wait(count=3, filters={"type": "handoff.cancelled"}) as waiters:
        reads = []
        monkeypatch.setattr(event_reads, "read", lambda query: reads.append(query))
        await offer()
        await offer(target={"strategy": "direct", "agent_id": "alice"}, visibility="private")
        await asyncio.sleep(0.05)
        assert reads == []
        assert not any(waiter.done() for waiter in waiters)


async def test_a_hundred_waiters_are_woken_by_one_write(live_hub, offer, event_wait):
    async with event_wait(count=100) as waiters:
        await offer()
        bodies = await asyncio.wait_for(asyncio.gather(*waiters), 10)
    assert {len(body["data"]["events"]) for body in bodies} == {1}


async def test_a_woken_wait_answers_from_memory(live_hub, offer, event_wait, monkeypatch):
    async with event_wait(count=3) as waiters:
        reads = []
        monkeypatch.setattr(event_reads, "read", lambda query: reads.append(query))
        await offer()
        bodies = await asyncio.wait_for(asyncio.gather(*waiters), 5)
    assert reads == []
    assert {body["data"]["events"][0]["type"] for body in bodies} == {"handoff.created"}


async def test_the_cursor_of_a_woken_wait_goes_on_behind_its_events(live_hub, offer, event_wait, bob, project):
    async with event_wait() as (waiter,):
        await offer()
        cursor = (await asyncio.wait_for(waiter, 5))["data"]["next_cursor"]
    body = await call("event_get", bob, project_root=project, agent_id="bob", stream="handoff", cursor=cursor)
    assert body["data"]["events"] == []


async def test_a_stopping_server_answers_timed_out(live_hub, event_wait):
    async with event_wait() as (waiter,):
        await live_hub.stop()
        body = await asyncio.wait_for(waiter, 5)
    assert body["data"]["timed_out"] is True


async def test_a_wait_for_open_handoffs_is_woken_by_one(live_hub, offer, list_wait):
    async with list_wait() as (waiter,):
        handoff_id = (await offer(payload="work"))["data"]["handoff_id"]
        body = await asyncio.wait_for(waiter, 5)
    found = body["data"]["handoffs"][0]
    assert (found["handoff_id"], found["payload"], found["status"]) == (handoff_id, "work", "OPEN")


async def test_a_handoff_for_somebody_else_wakes_nobody(live_hub, offer, list_wait):
    async with list_wait() as (waiter,):
        await offer(target={"strategy": "direct", "agent_id": "alice"})
        await asyncio.sleep(0.05)
        assert not waiter.done()


async def test_a_lapsing_lease_wakes_the_waiter_without_a_write(live_hub, offer, list_wait, alice, project):
    handoff_id = (await offer())["data"]["handoff_id"]
    await call("handoff_claim", alice, project_root=project, handoff_id=handoff_id, agent_id="alice")
    async with list_wait() as (waiter,):
        with clock.frozen_at(clock.now_us() + 301_000_000):
            live_hub.schedule("nobody", clock.now_us())
            body = await asyncio.wait_for(waiter, 5)
    assert body["data"]["handoffs"][0]["handoff_id"] == handoff_id


async def test_a_beginning_fallback_wakes_the_waiter_without_a_write(live_hub, offer, list_wait):
    target = {"strategy": "direct_with_fallback", "agent_id": "alice", "fallback_after_seconds": 60, "fallback": POOL}
    async with list_wait() as (waiter,):
        handoff_id = (await offer(target=target))["data"]["handoff_id"]
        with clock.frozen_at(clock.now_us() + 61_000_000):
            body = await asyncio.wait_for(waiter, 5)
    assert body["data"]["handoffs"][0]["handoff_id"] == handoff_id


async def test_a_lease_in_its_grace_does_not_make_the_waiter_spin(live_hub, offer, alice, project, bob, impatient):
    handoff_id = (await offer())["data"]["handoff_id"]
    await call("handoff_claim", alice, project_root=project, handoff_id=handoff_id, agent_id="alice")
    now = clock.now_us()
    with clock.frozen_at(now + 400_000_000):
        grace.watch.record(grace.Jump(now, now + 400_000_000))
        body = await call("handoff_list_available", bob, project_root=project, agent_id="bob", timeout_seconds=5)
        assert body["data"]["timed_out"] is True
        assert not await db.in_read(leases.has_lapsed, 1)
