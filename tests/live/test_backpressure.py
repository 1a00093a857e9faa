"""Bursts, slow clients, drops: every row arrives once and in order, and nobody waits for anybody else."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from pulse_project.core import consumers
from pulse_project.core.hub import Hub
from tests.live.clients import Socket

Connect = Callable[..., Any]


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["data"]["n"] for event in events]


async def test_a_burst_reaches_fifty_subscribers_complete_and_in_order(connect: Connect, emit: Connect) -> None:
    sockets: list[Socket] = [await connect() for _ in range(50)]
    for socket in sockets:
        await socket.follow()
    await emit(1000)
    received = await asyncio.gather(*(socket.events(1000) for socket in sockets))
    assert all(numbers(events) == list(range(1000)) for events in received)


async def test_a_slow_subscriber_catches_up_from_the_log(live_hub: Hub, connect: Connect, emit: Connect) -> None:
    slow, quick = await connect(), await connect()
    await slow.follow()
    await quick.follow()
    slow.is_reading.clear()
    for start in range(0, 3000, 500):
        await emit(500, start=start)
    assert numbers(await quick.events(3000)) == list(range(3000))
    assert live_hub.stats().catch_ups >= 1
    slow.is_reading.set()
    assert numbers(await slow.events(3000)) == list(range(3000))


async def test_a_client_that_takes_nothing_is_closed_with_1013(
    connect: Connect, emit: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "NO_PROGRESS_SECONDS", 0.05)
    socket = await connect()
    await socket.follow()
    socket.is_reading.clear()
    await emit(1)
    assert await socket.ended() == 1013


async def test_clients_that_drop_and_resume_get_every_row_once(connect: Connect, emit: Connect) -> None:
    """Ten clients leave and come back at random moments while 400 rows are written."""
    chance = random.Random(7)
    total = 400

    async def listen() -> list[int]:
        seen: list[int] = []
        after = "d0"
        while len(seen) < total:
            socket = await connect()
            await socket.follow(after=after)
            for event in await socket.events(min(chance.randint(1, 80), total - len(seen))):
                seen.append(event["data"]["n"])
                after = event["seq"]
            await socket.leave()
        return seen

    async def write() -> None:
        for start in range(0, total, 8):
            await emit(8, start=start)

    received, _ = await asyncio.gather(asyncio.gather(*(listen() for _ in range(10))), write())
    assert received == [list(range(total))] * 10


async def test_memory_of_the_hub_is_bounded(live_hub: Hub, connect: Connect, emit: Connect) -> None:
    socket = await connect()
    await socket.follow()
    for start in range(0, 6000, 1000):
        await emit(1000, start=start)
    assert numbers(await socket.events(6000)) == list(range(6000))
    assert live_hub.stats().ring_rows == 5000


async def test_two_topics_of_one_socket_resume_apart(connect: Connect, emit: Connect) -> None:
    (first,) = await emit(1)
    await emit(2, start=10, entity="two")
    socket = await connect()
    socket.send(
        {"op": "sub", "topics": [{"name": "test:one", "after": f"d{first}"}, {"name": "test:two", "after": "d0"}]}
    )
    assert numbers(await socket.events(2)) == [10, 11]
    await emit(1, start=3)
    assert numbers(await socket.events(1)) == [3]
