"""Group commit: who waits, who is answered when, and what a failing store does to those who wait."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import DataError, OperationalError

from tests.telemetry.events import event
from tests.telemetry.senders import events, new_token
from tests.telemetry.slow_disk import SlowDisk, slow_disk

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Gate:
    """Stops the store before each transaction until it is opened; `groups` are the sizes of those that came."""

    opened: threading.Event = field(default_factory=threading.Event)
    groups: list[int] = field(default_factory=list)

    async def reached(self, groups: int = 1) -> None:
        while len(self.groups) < groups:
            await asyncio.sleep(0.001)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    from telemetry import store

    found, write = Gate(), store.write

    def stopped(records: Any, *others: Any) -> Any:
        found.groups.append(len(records))
        assert found.opened.wait(30)
        return write(records, *others)

    monkeypatch.setattr(store, "write", stopped)
    yield found
    found.opened.set()


@pytest.fixture
def disk() -> Iterator[SlowDisk]:
    with slow_disk() as found:
        yield found


def record(number: int) -> Any:
    from pulse_project.core import clock
    from telemetry.record import record_of

    return record_of(event(n=number), received_us=clock.now_us())


def begin(http: Any, count: int) -> list[Any]:
    """Requests with one event each, under way."""
    return [asyncio.create_task(http.post("/v1/events", json=event(n=n))) for n in range(count)]


async def occupied(gate: Gate) -> Any:
    """The task of an event whose transaction has begun: what comes now waits."""
    from telemetry.collector import collector

    task = asyncio.create_task(collector().submit(record(1_000)))
    await gate.reached()
    return task


async def queued(count: int) -> None:
    """Returns when that many events wait for a transaction."""
    from telemetry import collector

    while collector.waiting() < count:
        await asyncio.sleep(0.001)


async def test_what_comes_while_a_group_commits_is_the_next_group(http: Any, gate: Gate) -> None:
    first = await occupied(gate)
    others = begin(http, 20)
    await queued(20)
    gate.opened.set()
    await asyncio.gather(first, *others)
    assert gate.groups == [1, 20]


async def test_groups_keep_the_order_of_receipt(http: Any) -> None:
    from telemetry.collector import collector

    submitted = []
    for number in range(50):
        submitted.append(asyncio.create_task(collector().submit(record(number))))
        await asyncio.sleep(0)
    await asyncio.gather(*submitted)
    assert [found["payload"]["n"] for found in await events(http)] == list(range(50))[::-1]


async def test_a_full_queue_refuses_with_503_and_says_when_to_come_again(
    http: Any, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import collector

    under_way = await occupied(gate)
    monkeypatch.setattr(collector, "MOST_WAITING", 2)
    waiting = begin(http, 2)
    await queued(2)
    answer = await http.post("/v1/events", json=event(n=99))
    assert (answer.status_code, answer.json()["stored"]) == (503, False)
    assert int(answer.headers["retry-after"]) >= 1
    gate.opened.set()
    await under_way
    assert {one.status_code for one in await asyncio.gather(*waiting)} == {202}


async def test_what_was_refused_for_a_full_queue_is_not_stored(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import collector

    monkeypatch.setattr(collector, "MOST_WAITING", 0)
    await http.post("/v1/events", json=event())
    assert await events(http) == []


async def test_the_event_of_a_client_that_leaves_is_stored(http: Any, gate: Gate) -> None:
    (request,) = begin(http, 1)
    await gate.reached()
    request.cancel()
    gate.opened.set()
    await http.post("/v1/events", json=event(n=1))
    assert [found["payload"]["n"] for found in await events(http)] == [1, 0]


async def test_others_of_the_group_are_answered_when_one_client_leaves(http: Any, gate: Gate) -> None:
    await occupied(gate)
    leaver, stayer = begin(http, 2)
    await queued(2)
    leaver.cancel()
    gate.opened.set()
    assert (await stayer).status_code == 202


async def test_an_event_is_acknowledged_when_the_disk_has_it(http: Any, disk: SlowDisk) -> None:
    (request,) = begin(http, 1)
    while not await events(http):
        await asyncio.sleep(0.001)
    assert not request.done()
    disk.gate.set()
    assert (await request).status_code == 202


async def test_a_relaxed_source_is_answered_before_the_disk_has_its_event(http: Any, disk: SlowDisk) -> None:
    from pulse_project.core import conf

    conf.apply_stored({"telemetry_relaxed_sources": "other, hasty"})
    answer = await http.post("/v1/events?source=hasty", json=event())
    assert answer.status_code == 202
    assert not disk.gate.is_set()
    disk.gate.set()


async def test_a_token_with_relaxed_terms_is_answered_before_the_disk_has_its_event(
    http: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    token = await new_token(durability="relaxed")
    disk: SlowDisk = request.getfixturevalue("disk")
    answer = await http.post("/v1/events", json=event(), headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 202
    assert not disk.gate.is_set()
    disk.gate.set()


async def test_a_relaxed_source_hastens_no_other_of_its_group(http: Any, disk: SlowDisk) -> None:
    from telemetry.collector import collector

    hasty = asyncio.create_task(collector().submit(record(0), is_relaxed=True))
    patient = asyncio.create_task(collector().submit(record(1)))
    await hasty
    await asyncio.sleep(0)
    assert not patient.done()
    disk.gate.set()
    assert not (await patient).is_duplicate


async def test_only_the_record_that_the_database_refuses_fails(http: Any) -> None:
    from pulse_project.core.errors import Failure
    from telemetry.collector import collector

    refused = replace(record(1), version=None)
    group = [collector().submit(one) for one in (record(0), refused, record(2))]
    answers = await asyncio.gather(*group, return_exceptions=True)
    assert [isinstance(answer, Failure) for answer in answers] == [False, True, False]
    assert [found["payload"]["n"] for found in await events(http)] == [2, 0]


async def test_a_store_that_fails_is_told_to_all_who_wait(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import store

    def fail(*_: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", fail)
        answers = await asyncio.gather(*begin(http, 3))
    assert [answer.status_code for answer in answers] == [503] * 3
    assert (await http.post("/v1/events", json=event())).json()["deduplicated"] is False


async def test_an_unforeseen_error_is_answered_without_its_text(http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import store

    def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", fail)
        answer = await http.post("/v1/events", json=event())
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text
    assert (await http.post("/v1/events", json=event())).status_code == 202


async def test_an_unforeseen_error_behind_a_refused_record_ends_nothing_for_good(
    http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import store

    errors: list[Exception] = [DataError("refused"), RuntimeError("unforeseen")]

    def fail(*_: Any) -> None:
        raise errors.pop(0)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", fail)
        answers = await asyncio.gather(*begin(http, 2))
    assert {answer.status_code for answer in answers} == {500}
    assert (await http.post("/v1/events", json=event())).status_code == 202


async def test_a_stop_stores_what_waits(http: Any, gate: Gate) -> None:
    from telemetry import collector

    await occupied(gate)
    requests = begin(http, 2)
    await queued(2)
    ending = asyncio.create_task(collector.stop())
    gate.opened.set()
    await ending
    assert {one.status_code for one in await asyncio.gather(*requests)} == {202}
