"""A running hub on the domain log, a topic of its own, and a websocket client that speaks ASGI directly."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest


@pytest.fixture
def emit() -> Callable[..., Any]:
    """`await emit(3)` commits three events of the test topic; answers their numbers."""

    from pulse_project.core import db
    from tests.live.clients import emit_now

    async def write(count: int = 1, **options: Any) -> list[int]:
        return await db.in_write(lambda: emit_now(count, **options))

    return write


@pytest.fixture
async def live_hub(transactional_db: None) -> AsyncIterator[Any]:
    from pulse_project.core import hub

    running = hub.hub()
    await running.ready()
    yield running
    await running.stop()


@pytest.fixture(autouse=True)
def test_topic() -> Iterator[Any]:
    """`test:<id>`: the domain events of entity ("test", id); callers named "stranger" may not follow it."""
    from pulse_project.core import domain_feed, topics

    kind = topics.TopicKind(
        pattern="test:<id>",
        keys=lambda arg: {"d": f"entity:test:{arg}"},
        authorise=lambda caller, _arg: caller.name != "stranger",
        frame=lambda entry: {"type": entry.type, "data": {"n": entry.row.payload["n"]}},
        visible=lambda entry, caller: not (caller.name == "half" and entry.row.payload["n"] % 2),
        read=lambda arg, _letter, span, limit: domain_feed.entity_rows("test", arg, span, limit),
    )
    topics.register_topic(kind)
    yield kind
    topics.unregister_topic(kind)


@pytest.fixture
async def connect(live_hub: Any) -> AsyncIterator[Callable[..., Any]]:
    """`socket = await connect()` opens a websocket of the local operator or of the given caller."""
    from tests.live.clients import CALLER, Socket

    opened: list[Socket] = []

    async def open_socket(caller: Any = CALLER) -> Socket:
        opened.append(await Socket(caller).open())
        return opened[-1]

    yield open_socket
    for socket in opened:
        if socket.task is not None and not socket.task.done():
            socket.is_reading.set()
            await socket.leave()
