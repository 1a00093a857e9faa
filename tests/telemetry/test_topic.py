"""The live topic `telemetry`: who may follow it, what its notices say, and that they are resumed without a gap."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from pulse_project.core import db as database
from pulse_project.core import flags
from pulse_project.core.principals import ANONYMOUS, Caller, Kind
from pulse_project.core.tail.entries import source_of
from pulse_project.core.topics import Topic, find_topic
from tests.live.clients import Socket
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db
INGESTED_KEYS = {"count", "types", "others", "first_id", "last_id"}


@pytest.fixture
def topic() -> Topic:
    found = find_topic("telemetry")
    assert found is not None
    return found


@pytest.fixture
def noticed(store: Callable[..., Any], topic: Topic) -> Callable[[], list[Any]]:
    """The frames of all notices, once the journal is written."""
    from telemetry import journal

    def frames() -> list[Any]:
        database.write_here(journal.write)
        return [topic.kind.frame(entry) for entry in topic.kind.read("", "d", (0, 10**12), 100)]

    return frames


@pytest.mark.parametrize("kind", [Kind.AGENT, Kind.MONITOR, Kind.LOCAL, Kind.USER])
def test_who_reads_telemetry_may_follow(topic: Topic, kind: Kind) -> None:
    assert topic.authorised(Caller(kind, "somebody", flags=flags.READ_BY_ALL))


@pytest.mark.parametrize(
    "caller",
    [ANONYMOUS, Caller(Kind.AGENT, "mute"), Caller(Kind.PRODUCER, "token", flags=frozenset({"telemetry.ingest"})),
     Caller(Kind.PRODUCER, "token", flags=flags.READ_BY_ALL)],
    ids=["nobody", "agent without the flag", "token", "token with the flag"],
)  # fmt: skip
def test_nobody_else_may_follow(topic: Topic, caller: Caller) -> None:
    assert not topic.authorised(caller)


def test_a_notice_counts_what_was_stored(store: Callable[..., Any], noticed: Callable[[], list[Any]]) -> None:
    store(event("a", n=1), event("a", n=2), event("b", n=3))
    (frame,) = noticed()
    assert (frame["type"], frame["data"].keys()) == ("event.ingested", INGESTED_KEYS)
    assert (frame["data"]["count"], frame["data"]["types"], frame["data"]["others"]) == (3, {"a": 2, "b": 1}, 0)
    assert frame["data"]["last_id"] - frame["data"]["first_id"] == 2


def test_a_notice_names_the_most_frequent_types(
    store: Callable[..., Any], noticed: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import journal

    monkeypatch.setattr(journal, "MOST_TYPES", 1)
    store(event("a"), event("b", n=1), event("b", n=2))
    (frame,) = noticed()
    assert (frame["data"]["types"], frame["data"]["others"]) == ({"b": 2}, 1)


def test_a_notice_says_why_records_were_refused(noticed: Callable[[], list[Any]]) -> None:
    from telemetry import journal

    journal.refuse("version must be an integer", count=2)
    (frame,) = noticed()
    assert (frame["type"], frame["data"]) == (
        "batch.rejected",
        {"count": 2, "reasons": {"version must be an integer": 2}},
    )


def test_duplicates_make_no_notice(store: Callable[..., Any], noticed: Callable[[], list[Any]]) -> None:
    store(event())
    assert len(noticed()) == 1
    store(event())
    assert len(noticed()) == 1


def test_the_key_of_the_topic_is_the_one_of_its_rows(
    topic: Topic, store: Callable[..., Any], noticed: Callable[[], list[Any]]
) -> None:
    store(event())
    noticed()
    (entry,) = source_of("d").read_after(0, 10)
    assert topic.kind.keys("")["d"] in entry.keys


def test_other_rows_are_not_shown(topic: Topic, operator: Caller) -> None:
    from pulse_project.core import outbox

    with database.write_tx():
        outbox.emit("prune.finished", caller=operator, entity=("telemetry", "stream"))
    (entry,) = topic.kind.read("", "d", (0, 10**12), 100)
    assert topic.kind.frame(entry) is None


class TestOverAWebsocket:
    """From the producer's request to the follower's frame."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    async def socket(self, http: httpx.AsyncClient, operator: Caller) -> AsyncIterator[Socket]:
        client = await Socket(operator).open()
        yield client
        await client.leave()

    async def test_a_stored_event_is_told(self, http: httpx.AsyncClient, socket: Socket) -> None:
        confirmed = await socket.follow("telemetry")
        await http.post("/v1/events", json=event())
        (frame,) = await socket.events(1)
        assert (confirmed["op"], frame["topic"], frame["type"]) == ("sub.ok", "telemetry", "event.ingested")
        assert frame["data"]["count"] == 1

    async def test_a_refused_event_is_told(self, http: httpx.AsyncClient, socket: Socket) -> None:
        await socket.follow("telemetry")
        await http.post("/v1/events", json={"event_type": "a"})
        (frame,) = await socket.events(1)
        assert (frame["type"], frame["data"]["count"]) == ("batch.rejected", 1)

    async def test_what_was_missed_is_told_on_return(self, http: httpx.AsyncClient, socket: Socket) -> None:
        await socket.follow("telemetry")
        await http.post("/v1/events", json=event(n=1))
        (first,) = await socket.events(1)
        socket.send({"op": "unsub", "topics": ["telemetry"]})
        await http.post("/v1/events", json=event(n=2))
        await socket.follow("telemetry", after=first["seq"])
        (second,) = await socket.events(1)
        assert second["data"]["first_id"] == first["data"]["last_id"] + 1
