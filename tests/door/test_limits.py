"""How much one caller, one peer and the whole process may ask for."""

import asyncio
from typing import Any

import pytest

from pulse_project.core.principals import Caller, Kind

ALICE = Caller(Kind.AGENT, "alice", key_pk=1, agent_pk=1)
BOB = Caller(Kind.AGENT, "bob", key_pk=2, agent_pk=2)
LOCAL = Caller(Kind.LOCAL, "local-operator", auth="loopback")


def test_a_bucket_empties_and_fills_again() -> None:
    from pulse_project.core.ratelimit import Buckets

    buckets = Buckets()
    assert [buckets.take("a", 2, now=0.0) for _ in range(3)] == [0.0, 0.0, 30.0]
    assert buckets.take("b", 2, now=0.0) == 0.0
    assert buckets.take("a", 2, now=31.0) == 0.0


def test_buckets_are_bounded(monkeypatch: Any) -> None:
    from pulse_project.core import ratelimit

    monkeypatch.setattr(ratelimit, "MAX_BUCKETS", 3)
    buckets = ratelimit.Buckets()
    for number in range(9):
        buckets.take(str(number), 1, now=0.0)
    assert len(buckets) == 3


def test_a_caller_is_limited_alone(in_force: Any) -> None:
    from pulse_project.core import ratelimit
    from pulse_project.core.errors import Failure
    from pulse_project.core.operations import Operation

    in_force(rate_limit_per_minute=1)
    operation: Operation = None  # type: ignore[assignment]  # only the caller counts
    ratelimit.spend(ALICE, operation)
    with pytest.raises(Failure, match="RATE_LIMITED") as refused:
        ratelimit.spend(ALICE, operation)
    ratelimit.spend(BOB, operation)
    assert refused.value.details["retry_after_seconds"] >= 60


def test_the_local_operator_and_zero_are_unlimited(in_force: Any) -> None:
    from pulse_project.core import ratelimit

    in_force(rate_limit_per_minute=1)
    for _ in range(5):
        ratelimit.spend(LOCAL, None)  # type: ignore[arg-type]
    in_force(rate_limit_per_minute=0)
    for _ in range(5):
        ratelimit.spend(ALICE, None)  # type: ignore[arg-type]


def test_slots_are_held_by_key_and_in_all() -> None:
    from pulse_project.core.errors import Failure
    from pulse_project.core.ratelimit import Slots

    slots = Slots(each=1, total=2, what="waits")
    with slots.hold(ALICE):
        with pytest.raises(Failure, match="RATE_LIMITED"), slots.hold(ALICE):
            pass
        with slots.hold(BOB), pytest.raises(Failure, match="DB_ERROR") as full, slots.hold(LOCAL):
            pass
    assert full.value.code.http_status == 503
    assert slots.count == 0


def test_the_published_bounds() -> None:
    from pulse_project.core import ratelimit

    bounds = [(slots.each, slots.total) for slots in (ratelimit.waits, ratelimit.streams, ratelimit.sockets)]
    assert bounds == [(32, 1000), (8, 1000), (0, 1000)]


async def test_calls_of_one_key_take_turns_in_order() -> None:
    from pulse_project.core.ratelimit import Turns

    turns = Turns(each=2, queue=9)
    gate, running, begun = asyncio.Event(), [], []

    async def call(number: int) -> int:
        begun.append(number)
        running.append(len(begun) - len(done))
        await gate.wait()
        done.append(number)
        return number

    done: list[int] = []
    calls = [asyncio.ensure_future(turns.take(ALICE, call, number)) for number in range(6)]
    await asyncio.sleep(0)
    assert begun == [0, 1]
    gate.set()
    assert await asyncio.gather(*calls) == [0, 1, 2, 3, 4, 5]
    assert (max(running), turns.queued_count) == (2, 0)


async def test_another_key_does_not_wait_and_the_queue_is_bounded() -> None:
    from pulse_project.core.errors import Failure
    from pulse_project.core.ratelimit import Turns

    turns = Turns(each=1, queue=0)
    gate = asyncio.Event()
    first = asyncio.ensure_future(turns.take(ALICE, gate.wait))
    await asyncio.sleep(0)
    with pytest.raises(Failure, match="DB_ERROR"):
        await turns.take(ALICE, gate.wait)
    gate.set()
    assert [await turns.take(BOB, gate.wait), await first] == [True, True]


async def test_a_cancelled_call_hands_its_turn_on() -> None:
    from pulse_project.core.ratelimit import Turns

    turns = Turns(each=1, queue=9)
    gate = asyncio.Event()
    calls = [asyncio.ensure_future(turns.take(ALICE, gate.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    for call in calls[:2]:
        call.cancel()
    gate.set()
    assert await calls[2] is True
    assert turns.queued_count == 0
