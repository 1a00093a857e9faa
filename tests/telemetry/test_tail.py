"""The live tail hands out every event once and in order, resumes exactly, and ends with whoever holds it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.telemetry.events import event
from tests.telemetry.streaming import Streaming

pytestmark = pytest.mark.django_db(transaction=True)
STREAM = "/v1/events/stream"


async def send(http: Any, *numbers: int, kind: str = "note", **headers: str) -> None:
    answer = await http.post("/v1/events:batch", json=[event(kind, n=number) for number in numbers], headers=headers)
    assert answer.json()["skipped"] == 0


def numbers_of(events: list[dict[str, Any]]) -> list[int]:
    return [found["payload"]["n"] for found in events]


async def test_a_tail_begins_with_what_comes_from_now_on(http: httpx.AsyncClient) -> None:
    await send(http, 1)
    async with Streaming(STREAM) as tail:
        await send(http, 2, 3)
        assert numbers_of(await tail.events(2)) == [2, 3]
    assert tail.headers["content-type"].startswith("text/event-stream")


async def test_an_event_is_shown_as_the_list_shows_it(http: httpx.AsyncClient) -> None:
    await send(http, 1)
    async with Streaming(STREAM, after=0) as tail:
        fields = await tail.block()
    (listed,) = (await http.get("/v1/events")).json()["events"]
    assert fields["event"] == "telemetry"
    assert json.loads(fields["data"]) == listed


async def test_a_tail_resumes_after_the_number_it_was_left_at(http: httpx.AsyncClient) -> None:
    await send(http, *range(700))
    async with Streaming(STREAM, after=0) as tail:
        seen = await tail.events(30)
    async with Streaming(STREAM, headers={"Last-Event-ID": str(seen[-1]["id"])}, after=0) as tail:
        await send(http, *range(700, 800))
        seen += await tail.events(770)
    assert numbers_of(seen) == list(range(800))


async def test_a_page_ends_where_its_payloads_fill_it(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import tailing

    await send(http, *range(40))
    monkeypatch.setattr(tailing, "MOST_TEXT", 50)
    async with Streaming(STREAM, after=0) as tail:
        assert numbers_of(await tail.events(40)) == list(range(40))


async def test_filters_leave_out_the_others(http: httpx.AsyncClient) -> None:
    async with Streaming(STREAM, type="b", source="ci") as tail:
        await send(http, 1, kind="a", **{"X-Pulse-Source": "ci"})
        await send(http, 2, kind="b")
        await send(http, 3, kind="b", **{"X-Pulse-Source": "ci"})
        assert numbers_of(await tail.events(1)) == [3]


async def test_a_number_that_no_event_has_had_starts_over_with_a_reset(http: httpx.AsyncClient) -> None:
    await send(http, 1)
    async with Streaming(STREAM, after=10**12) as tail:
        reset = await tail.block()
        await send(http, 2)
        assert numbers_of(await tail.events(1)) == [2]
    assert (reset["event"], int(reset["id"]) < 10**12) == ("reset", True)


async def test_the_number_of_an_event_that_was_deleted_is_no_reset(http: httpx.AsyncClient) -> None:
    from pulse_project.core import db
    from telemetry.models import Event

    await send(http, 1, 2)
    async with Streaming(STREAM, after=0) as tail:
        last = (await tail.events(2))[-1]["id"]
    await db.in_write(Event.objects.all().delete)
    async with Streaming(STREAM, after=last) as tail:
        await send(http, 3)
        assert numbers_of(await tail.events(1)) == [3]


async def test_an_event_that_no_notice_tells_of_is_found_at_the_next_look(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pulse_project.core import sse
    from telemetry import journal

    monkeypatch.setattr(sse, "PING_SECONDS", 0.02)
    monkeypatch.setattr(journal, "write", lambda: None)
    async with Streaming(STREAM) as tail:
        await send(http, 1)
        assert numbers_of(await tail.events(1)) == [1]


async def test_silence_is_broken_by_a_comment(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from pulse_project.core import sse

    monkeypatch.setattr(sse, "PING_SECONDS", 0.02)
    async with Streaming(STREAM) as tail:
        assert await tail.block() == {"": "ping"}


async def test_tails_that_ask_the_same_share_their_reads(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import tailing

    reads: list[Any] = []
    read = tailing.chunk_after
    monkeypatch.setattr(tailing, "chunk_after", lambda wanted: reads.append(wanted) or read(wanted))
    wanted = tailing.Wanted(after=0)
    await send(http, 1)
    found = await asyncio.gather(*(tailing.pages().read(wanted) for _ in range(50)))
    assert len(reads) == 1
    assert len({id(chunk) for chunk in found}) == 1


async def test_a_read_that_has_begun_is_not_shared(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may not see the event of which the newcomer has heard."""
    import threading

    from telemetry import tailing

    has_begun, may_end = threading.Event(), threading.Event()
    read = tailing.chunk_after

    def slow(wanted: Any) -> Any:
        chunk = read(wanted)
        has_begun.set()
        may_end.wait(5)
        return chunk

    monkeypatch.setattr(tailing, "chunk_after", slow)
    wanted = tailing.Wanted(after=0)
    early = asyncio.create_task(tailing.pages().read(wanted))
    while not has_begun.is_set():
        await asyncio.sleep(0.001)
    await send(http, 1)
    late = asyncio.create_task(tailing.pages().read(wanted))
    await asyncio.sleep(0)
    may_end.set()
    assert [(await one).text.count(b"event:") for one in (early, late)] == [0, 1]


async def test_a_tail_outlives_a_store_that_is_away(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    from telemetry import tailing
    from telemetry.endpoints import tail as endpoint

    read, failures = tailing.chunk_after, iter([OperationalError("gone"), OperationalError("gone")])

    def failing(wanted: Any) -> Any:
        fault = next(failures, None)
        if fault is not None:
            raise fault
        return read(wanted)

    monkeypatch.setattr(endpoint, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(tailing, "chunk_after", failing)
    async with Streaming(STREAM) as tail:
        await send(http, 1)
        assert numbers_of(await tail.events(1)) == [1]


async def test_silence_while_the_store_is_away_is_broken_too(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from telemetry import tailing
    from telemetry.endpoints import tail as endpoint

    def fail(_wanted: Any) -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(endpoint, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(tailing, "chunk_after", fail)
    async with Streaming(STREAM) as tail:
        assert await tail.block() == {"": "ping"}


@pytest.fixture
def open_connections() -> Callable[[], list[Any]]:
    """What would be closed if a key died."""
    from pulse_project.core import auth

    return lambda: [one for state in auth.sessions._loops.values() for one in list(state.open)]


async def test_a_dead_key_ends_the_tail_with_an_error(http: httpx.AsyncClient, open_connections: Any) -> None:
    tail = await Streaming(STREAM).open()
    while not open_connections():
        await asyncio.sleep(0.001)
    for connection in open_connections():
        connection.close()
    assert '"AUTH_FAILED"' in (await tail.block())["data"]
    assert await tail.block() == {}


async def test_a_server_that_stops_ends_the_tail(http: httpx.AsyncClient) -> None:
    from pulse_project.core import hub

    tail = await Streaming(STREAM).open()
    await hub.hub().stop()
    assert await tail.block() == {}
    assert tail.is_complete


async def test_a_client_that_leaves_leaves_nothing_behind(http: httpx.AsyncClient, open_connections: Any) -> None:
    from pulse_project.core import hub, ratelimit

    async with Streaming(STREAM):
        assert ratelimit.streams.count == 1
    assert (hub.hub().stats().streams, ratelimit.streams.count, open_connections()) == (0, 0, [])


@pytest.mark.parametrize("query", [{"after": "x"}, {"after": "-1"}, {"after": "1" * 19}, {"last_event_id": "1.5"},
                                   {"type": "x" * 257}, {"source": "\0"}])  # fmt: skip
async def test_a_wrong_argument_is_refused(http: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await http.get(STREAM, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")


async def test_only_get_is_answered(http: httpx.AsyncClient) -> None:
    answer = await http.post(STREAM, json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


async def test_an_ingest_token_follows_nothing(http: httpx.AsyncClient) -> None:
    made = (await http.post("/api/v1/telemetry/tokens", json={"source": "ci"})).json()
    answer = await http.get(STREAM, headers={"Authorization": f"Bearer {made['token']}"})
    assert answer.status_code == 401
