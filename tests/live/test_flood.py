"""Fifty thousand rows in one go: a hundred subscribers get theirs once and in order, and the hub stays small."""

import asyncio
from collections.abc import Callable
from typing import Any

from pulse_project.core import domain_feed
from pulse_project.core.hub import Hub
from pulse_project.core.tail.feeds import Feed
from pulse_project.core.tail.ring import MAX_BYTES, MAX_ROWS
from pulse_project.core.tail.streams import MAX_QUEUED_FRAMES, Stream

Connect = Callable[..., Any]
ROWS, FEW = 45_000, 5_000
WRITES = (("many", ROWS // 2), ("few", FEW), ("many", ROWS // 2))
FOLLOW_MANY, FOLLOW_FEW = 20, 79


def feed(entity: str) -> Feed:
    """Every row of one entity; a frame is its number."""
    return Feed(
        name=entity,
        keys={"d": f"entity:test:{entity}"},
        read=lambda _letter, after, upto, limit: domain_feed.entity_rows("test", entity, (after, upto), limit),
        shared=lambda _entry: "",
        visible=lambda _entry: True,
        framed=lambda cursor, _shared: cursor[1:],
        reset=lambda reason, _head: reason,
    )


async def following(live_hub: Hub, entity: str) -> Stream:
    stream = await live_hub.subscribe()
    await live_hub.follow(stream, feed(entity))
    return stream


async def received(stream: Stream, count: int) -> list[int]:
    """The next `count` numbers."""
    found: list[int] = []
    while len(found) < count:
        found += [int(frame) for frame in await stream.take()]
    return found


async def test_a_flood_reaches_everybody_once_and_in_order(live_hub: Hub, emit: Connect) -> None:
    many = [await following(live_hub, "many") for _ in range(FOLLOW_MANY)]
    few = [await following(live_hub, "few") for _ in range(FOLLOW_FEW)]
    slow = await following(live_hub, "many")
    taking = asyncio.gather(*(received(stream, ROWS) for stream in many), *(received(stream, FEW) for stream in few))
    numbers = [await emit(count, entity=entity) for entity, count in WRITES]
    wanted = numbers[0] + numbers[2]
    assert await taking == [wanted] * FOLLOW_MANY + [numbers[1]] * FOLLOW_FEW
    assert is_bounded(live_hub, slow)
    assert await received(slow, ROWS) == wanted


def is_bounded(live_hub: Hub, slow: Stream) -> bool:
    figures = live_hub.stats()
    is_small = figures.ring_rows <= MAX_ROWS and figures.ring_bytes <= MAX_BYTES
    return is_small and slow.catch_up_count >= 1 and len(slow._queue) <= MAX_QUEUED_FRAMES
