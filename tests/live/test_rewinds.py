"""A store that went back in time: clients of the lost history are told, and never go on silently."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pulse_project.core import db, store_marks
from pulse_project.core.hub import Hub
from pulse_project.core.models import DomainEvent, LogCounter
from tests.live.clients import handed_out
from tests.live.test_sse import Client

Connect = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_mark_is_left_behind() -> Iterator[None]:
    yield
    store_marks._path().unlink(missing_ok=True)


def go_back(head: int) -> int:
    """Put an older copy of the store in place and start on it; the number after which its new history begins."""
    store_marks.record()
    with db.write_tx():
        DomainEvent.objects.filter(seq__gt=head).delete()
        LogCounter.objects.filter(name="domain").update(head=head)
    assert store_marks.verify_store()
    return head_now() - 1


def head_now() -> int:
    return LogCounter.objects.get(name="domain").head


async def test_a_cursor_of_the_lost_history_starts_over(connect: Connect, live_hub: Hub, emit: Connect) -> None:
    numbers = await emit(10)
    await db.in_write(go_back, numbers[4])
    (new,) = await emit(1, start=77)
    await handed_out(new)
    socket = await connect()
    await socket.follow(after=f"d{numbers[7]}")
    reset = await socket.frame()
    assert (reset["op"], reset["reason"]) == ("reset", "rewound")
    await emit(1, start=78)
    assert [one["data"]["n"] for one in await socket.events(1)] == [78]
    assert int(reset["head"][1:]) >= new


@pytest.mark.parametrize("known", [4, -1])
async def test_a_cursor_that_the_store_still_has_goes_on(
    connect: Connect, live_hub: Hub, emit: Connect, known: int
) -> None:
    """The last number that was kept, and the one at which the new history begins."""
    numbers = await emit(10)
    start = await db.in_write(go_back, numbers[4])
    await handed_out((await emit(1, start=77))[0])
    socket = await connect()
    await socket.follow(after=f"d{start if known < 0 else numbers[known]}")
    assert (await socket.frame())["data"] == {"n": 77}


async def test_a_connected_client_is_told_when_the_store_goes_back(
    connect: Connect, live_hub: Hub, emit: Connect
) -> None:
    """As after a failover to a replica that lagged: the new history lies far above what the hub has handed out."""
    socket = await connect()
    await socket.follow()
    numbers = await emit(10)
    await socket.events(10)
    await db.in_write(go_back, numbers[4])
    reset = await socket.frame()
    assert (reset["op"], reset["reason"]) == ("reset", "rewound")
    await emit(1, start=77)
    assert (await socket.frame())["data"] == {"n": 77}


async def test_a_stream_of_the_lost_history_starts_over(live_hub: Hub, emit: Connect) -> None:
    numbers = await emit(10)
    await db.in_write(go_back, numbers[4])
    await handed_out(await db.in_read(head_now))
    client = await Client(after=numbers[7]).open()
    (reset,) = await client.events(1)
    await client.close()
    assert reset["event"] == "reset"
    assert '"rewound"' in reset["data"]
