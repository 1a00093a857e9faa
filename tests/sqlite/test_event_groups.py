"""Groups of events while the disk syncs: the writer goes on with whatever has come."""

import asyncio
import threading

import pytest

from tests.telemetry.slow_disk import nothing_remembered, slow_disk, submitted  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_remembered")]


async def test_no_group_waits_for_the_sync_of_another() -> None:
    with slow_disk() as disk:
        under_way = []
        for number in range(3):
            under_way.append(submitted(number))
            await disk.has_commits(number + 1)
        assert not any(one.done() for one in under_way)
    await asyncio.gather(*under_way)


async def test_a_disk_that_stalls_stops_the_writer_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import collector

    monkeypatch.setattr(collector, "MOST_UNDER_WAY", 2)
    with slow_disk() as disk:
        under_way = []
        for number in range(2):
            under_way.append(submitted(number))
            await disk.has_commits(number + 1)
        under_way.append(submitted(2))
        await asyncio.sleep(0.05)
        assert (disk.commits, collector.waiting()) == (2, 1)
    await asyncio.gather(*under_way)


async def test_a_group_is_what_waits_when_the_writer_gets_to_it() -> None:
    from pulse_project.core import db
    from telemetry import collector

    with slow_disk() as disk:
        is_free = threading.Event()
        other = asyncio.create_task(db.in_write(is_free.wait, 10))
        under_way = [submitted(1)]
        await asyncio.sleep(0.05)  # called, and not taken
        under_way += [submitted(2), submitted(3)]
        await asyncio.sleep(0)
        assert collector.waiting() == 3
        is_free.set()
        await disk.has_commits(1)
        assert (disk.commits, collector.waiting()) == (1, 0)
    await asyncio.gather(other, *under_way)


async def test_a_writer_that_is_called_in_vain_stores_nothing() -> None:
    from telemetry.collector import collector

    with slow_disk() as disk:
        collector()._begin()
        await disk.has_commits(1)
    assert not (await submitted(1)).is_duplicate


async def test_more_than_a_group_holds_are_all_stored() -> None:
    from telemetry import collector

    answers = await asyncio.gather(*map(submitted, range(collector.GROUP + 3)))
    assert not any(one.is_duplicate for one in answers)
    assert collector.waiting() == 0


async def test_a_writer_that_refuses_to_be_called_fails_those_who_wait_and_no_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pulse_project.core import pools
    from pulse_project.core.errors import Failure

    with monkeypatch.context() as patch:
        patch.setattr(pools, "QUEUE_BOUND", 0)
        answers = await asyncio.gather(submitted(1), submitted(2), return_exceptions=True)
    assert all(isinstance(answer, Failure) for answer in answers)
    assert not (await submitted(3)).is_duplicate
