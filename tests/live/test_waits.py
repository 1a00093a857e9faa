"""Waits on the hub: news, deadlines, timeouts, the end."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError

from pulse_project.core import clock, conf, durability
from pulse_project.core import hub as hub_module
from pulse_project.core.hub import Entry, Hub

KEYS = ("entity:test:one",)


def anything(_entry: Entry) -> bool:
    return True


def wait(live_hub: Hub, **over: Any) -> Any:
    options: dict[str, Any] = {"keys": KEYS, "after": live_hub.head("d"), "match": anything, "timeout": 5.0}
    return live_hub.wait_for("d", **(options | over))


async def parked(live_hub: Hub, count: int, **over: Any) -> list[asyncio.Task[bool]]:
    """`count` waits that are registered with the hub."""
    tasks = [asyncio.create_task(wait(live_hub, **over)) for _ in range(count)]
    while live_hub.stats().waiters < count:
        await asyncio.sleep(0)
    return tasks


async def test_a_write_wakes_a_wait_on_its_key(live_hub: Hub, emit: Callable[..., Any]) -> None:
    (waiting,) = await parked(live_hub, 1)
    await emit()
    assert await waiting is True


async def test_a_wait_sleeps_through_rows_of_other_keys_and_rows_it_does_not_match(
    live_hub: Hub, emit: Callable[..., Any]
) -> None:
    (other_key, no_match) = [
        asyncio.create_task(wait(live_hub, timeout=0.2, keys=("entity:test:two",))),
        asyncio.create_task(wait(live_hub, timeout=0.2, match=lambda entry: entry.type == "never")),
    ]
    await emit(3)
    assert await asyncio.gather(other_key, no_match) == [False, False]


async def test_a_row_that_came_before_the_wait_is_found_in_the_ring(live_hub: Hub, emit: Callable[..., Any]) -> None:
    before = live_hub.head("d")
    await emit()
    while live_hub.head("d") == before:
        await asyncio.sleep(0.001)
    assert await wait(live_hub, after=before, timeout=0.0) is True
    assert await wait(live_hub, timeout=0.01) is False


async def test_a_woken_wait_finds_its_rows_in_memory(live_hub: Hub, emit: Callable[..., Any]) -> None:
    before = live_hub.head("d")
    (waiting,) = await parked(live_hub, 1)
    seqs = await emit(3)
    await waiting
    found = live_hub.recent("d", keys=KEYS, after=before, match=lambda entry: entry.row.payload["n"] != 1)
    assert found is not None
    assert [entry.seq for entry in found] == [seqs[0], seqs[2]]
    assert live_hub.recent("d", keys=KEYS, after=before - 1, match=anything) is None


async def test_a_cursor_below_the_ring_is_told_to_look_again(live_hub: Hub, emit: Callable[..., Any]) -> None:
    live_hub._tail.rings["d"].low = live_hub.head("d") + 10
    assert await wait(live_hub, timeout=0.1) is True


async def test_a_deadline_wakes_waits_of_its_key_only(live_hub: Hub) -> None:
    (mine,) = await parked(live_hub, 1)
    other = asyncio.create_task(wait(live_hub, keys=("entity:test:two",), timeout=0.2))
    live_hub.schedule(KEYS[0], clock.now_us() + 30_000)
    assert await mine is True
    assert await other is False


async def test_deadlines_fire_in_order_of_time_whatever_the_order_of_scheduling(live_hub: Hub) -> None:
    late, soon = await parked(live_hub, 1), await parked(live_hub, 2, keys=("lease:soon",))
    live_hub.schedule(KEYS[0], clock.now_us() + 120_000)
    live_hub.schedule("lease:soon", clock.now_us() + 20_000)
    assert await soon[0] is True
    assert not late[0].done()


async def test_a_hundred_waits_wake_within_a_tenth_of_a_second(live_hub: Hub, emit: Callable[..., Any]) -> None:
    waiting = await parked(live_hub, 100)
    await emit()
    began = time.perf_counter()
    assert all(await asyncio.gather(*waiting))
    assert time.perf_counter() - began < 0.1


async def test_stop_answers_every_wait_at_once(live_hub: Hub) -> None:
    waiting = await parked(live_hub, 50, timeout=30.0)
    began = time.perf_counter()
    await live_hub.stop()
    assert await asyncio.gather(*waiting) == [False] * 50
    assert await wait(live_hub, timeout=30.0) is False
    assert time.perf_counter() - began < 1.0


async def test_a_fault_in_one_match_leaves_the_others_awake(
    live_hub: Hub, emit: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_entry: Entry) -> bool:
        raise ValueError("no")

    (faulty,) = await parked(live_hub, 1, match=broken, timeout=0.3)
    (_, good) = [faulty, asyncio.create_task(wait(live_hub))]
    await asyncio.sleep(0)
    await emit()
    assert await good is True
    assert await faulty is False


WRITER = """
import os, sys, django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from tests.live.clients import emit_now
print("ready", flush=True)
for line in sys.stdin:
    emit_now(1)
    print("written", flush=True)
"""


async def test_a_write_of_another_process_wakes_a_wait(live_hub: Hub) -> None:
    from django.db import connections

    name = str(connections["default"].settings_dict["NAME"])
    other = subprocess.Popen(
        [sys.executable, "-c", WRITER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    try:
        assert await asyncio.to_thread(other.stdout.readline) == "ready\n"
        (waiting,) = await parked(live_hub, 1)
        other.stdin.write("\n")
        other.stdin.flush()
        await asyncio.to_thread(other.stdout.readline)
        began = time.perf_counter()
        assert await waiting is True
        assert time.perf_counter() - began < 0.25
    finally:
        other.stdin.close()
        await asyncio.to_thread(other.wait)
        other.stdout.close()


async def test_only_durable_rows_are_handed_out(
    live_hub: Hub, emit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    durable = asyncio.Event()
    covered: list[tuple[str, int]] = []

    async def cover(log_name: str, seq: int) -> None:
        covered.append((log_name, seq))
        await durable.wait()

    monkeypatch.setattr(durability, "cover", cover)
    (waiting,) = await parked(live_hub, 1)
    (seq,) = await emit()
    while not covered:
        await asyncio.sleep(0.001)
    assert not waiting.done()
    durable.set()
    assert await waiting is True
    assert covered[0] == ("domain", seq)


def test_the_store_is_looked_at_twenty_times_a_second_at_least() -> None:
    from pulse_project.core.tail import watch

    assert min(conf.current().poll_interval_ms, watch.LONGEST_POLL_MS) <= 50


async def test_the_tail_survives_a_store_that_goes_away(
    live_hub: Hub, emit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (waiting,) = await parked(live_hub, 1)
    refused = asyncio.Event()

    async def away(*_call: Any) -> Any:
        refused.set()
        raise OperationalError("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(hub_module.db, "in_read", away)
        live_hub.notify()
        await refused.wait()
    await emit()
    assert await waiting is True
    assert "the tail waits for the store" in caplog.text
