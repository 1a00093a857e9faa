"""Groups of events while the disk syncs: the writer goes on with the next one, and with no third."""

import asyncio

import pytest

from tests.telemetry.slow_disk import nothing_remembered, slow_disk, submitted  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_remembered")]


async def test_a_group_as_large_as_the_one_under_way_does_not_wait_for_its_sync() -> None:
    with slow_disk() as disk:
        first = submitted(1)
        await disk.has_commits(1)
        second = submitted(2)
        await disk.has_commits(2)
        assert not first.done()
        assert not second.done()
    await asyncio.gather(first, second)


async def test_a_third_group_waits_until_one_is_durable() -> None:
    from telemetry import collector

    with slow_disk() as disk:
        under_way = [submitted(1)]
        await disk.has_commits(1)
        under_way.append(submitted(2))
        await disk.has_commits(2)
        under_way.append(submitted(3))
        await asyncio.sleep(0.05)
        assert (disk.commits, collector.waiting()) == (2, 1)
    await asyncio.gather(*under_way)


async def test_fewer_than_are_under_way_wait_to_become_more() -> None:
    from telemetry import collector

    with slow_disk() as disk:
        under_way = [submitted(number) for number in range(3)]
        await disk.has_commits(1)
        under_way += [submitted(number) for number in range(3, 5)]
        await asyncio.sleep(0.05)
        assert (disk.commits, collector.waiting()) == (1, 2)
        under_way.append(submitted(5))
        await disk.has_commits(2)
        assert collector.waiting() == 0
    await asyncio.gather(*under_way)
