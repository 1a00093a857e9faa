"""Server-sent events: frames, resume, filtering, the end."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import pytest

from pulse_project.core import auth, domain_feed, hub, sse
from pulse_project.core.errors import Code, Failure
from pulse_project.core.hub import Hub
from pulse_project.core.principals import Caller
from pulse_project.core.tail.feeds import Feed
from tests.live.clients import CALLER, handed_out

Connect = Callable[..., Any]


def feed(caller: Caller = CALLER) -> Feed:
    return sse.event_feed(
        name="test",
        event="nexus",
        letter="d",
        key="entity:test:one",
        data=lambda entry: {"n": entry.row.payload["n"]},
        visible=lambda entry: caller.name != "half" or entry.row.payload["n"] % 2 == 0,
        read=lambda after, upto, limit: domain_feed.entity_rows("test", "one", (after, upto), limit),
    )


class Client:
    """Reads one stream."""

    def __init__(self, *, after: int | None = None, caller: Caller = CALLER) -> None:
        self.chunks: AsyncGenerator[bytes, None] = sse.frames(feed=feed(caller), caller=caller, after=after)
        self.text = ""

    async def open(self) -> "Client":
        assert await self._chunk() == "retry: 1000\n\n"
        return self

    async def _chunk(self) -> str:
        async with asyncio.timeout(5):
            return (await anext(self.chunks, b"")).decode()

    async def events(self, count: int) -> list[dict[str, str]]:
        while self.text.count("\n\n") < count:
            chunk = await self._chunk()
            if not chunk:
                break
            self.text += chunk
        *blocks, self.text = self.text.split("\n\n", count)
        return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]

    async def close(self) -> None:
        await self.chunks.aclose()


async def test_an_event_is_framed_as_published(live_hub: Hub, emit: Connect) -> None:
    client = await Client().open()
    (seq,) = await emit()
    assert await client.events(1) == [{"id": str(seq), "event": "nexus", "data": '{"n":0}'}]
    await client.close()
    assert live_hub.stats().streams == 0


async def test_a_stream_resumes_after_an_id(live_hub: Hub, emit: Connect) -> None:
    seqs = await emit(600)
    client = await Client(after=seqs[0]).open()
    await emit(1, start=600)
    received = await client.events(600)
    assert [json.loads(event["data"])["n"] for event in received] == list(range(1, 601))
    await client.close()


async def test_a_stream_is_filtered_for_its_caller(live_hub: Hub, emit: Connect) -> None:
    client = await Client(caller=replace(CALLER, name="half"), after=0).open()
    await emit(4)
    assert [event["data"] for event in await client.events(2)] == ['{"n":0}', '{"n":2}']
    await client.close()


async def test_an_id_above_the_head_gets_a_reset_event(live_hub: Hub, emit: Connect) -> None:
    (seq,) = await emit()
    await handed_out(seq)
    client = await Client(after=10**9).open()
    (reset,) = await client.events(1)
    assert reset["event"] == "reset"
    assert json.loads(reset["data"])["head"] >= seq
    await client.close()


async def test_silence_is_broken_by_a_comment(live_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "PING_SECONDS", 0.02)
    client = await Client().open()
    assert await client._chunk() == ": ping\n\n"
    await client.close()


async def test_a_dead_key_ends_the_stream_with_an_error(live_hub: Hub) -> None:
    client = await Client().open()
    for state in auth.sessions._loops.values():
        for connection in list(state.open):
            connection.close()
    (error,) = await client.events(1)
    assert json.loads(error["data"])["code"] == "AUTH_FAILED"
    assert await client.events(1) == []


async def test_stop_ends_a_stream(live_hub: Hub) -> None:
    client = await Client().open()
    await live_hub.stop()
    assert await client.events(1) == []


async def test_a_response_carries_the_published_headers_and_ends_with_its_client(live_hub: Hub, emit: Connect) -> None:
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    left = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    answer = asyncio.create_task(sse.respond(sent.put, receive, feed=feed(), caller=CALLER, after=None))
    start = await sent.get()
    await sent.get()
    await emit()
    body = (await sent.get())["body"]
    left.set()
    await answer
    assert dict(start["headers"])[b"cache-control"] == b"no-cache"
    assert dict(start["headers"])[b"x-accel-buffering"] == b"no"
    assert body.startswith(b"id: ")


async def test_a_full_server_refuses_before_it_answers(live_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_STREAMS", 0)
    sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    with pytest.raises(Failure) as refused:
        await sse.respond(sent.put, sent.get, feed=feed(), caller=CALLER, after=None)
    assert refused.value.code is Code.RATE_LIMITED
    assert sent.empty()


@pytest.mark.parametrize(
    ("header", "query", "expected"),
    [
        (None, b"", None),
        (None, b"last_event_id=7", 7),
        (b"9", b"last_event_id=7", 9),
        (b"-1", b"", 0),
        (b"abc", b"last_event_id=7", 0),
        (None, b"last_event_id=", 0),
    ],
)
def test_the_header_wins_over_the_query(header: bytes | None, query: bytes, expected: int | None) -> None:
    headers = [] if header is None else [(b"last-event-id", header)]
    assert sse.last_event_id({"headers": headers, "query_string": query}) == expected
