"""Groups of events where several writers could change their order: one is under way at a time."""

import asyncio

import pytest

from tests.telemetry.slow_disk import nothing_remembered, slow_disk, submitted  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_remembered")]


async def test_a_second_group_waits_until_the_first_is_committed() -> None:
    from telemetry import collector

    with slow_disk() as disk:
        first = submitted(1)
        await disk.has_commits(1)
        second = submitted(2)
        await asyncio.sleep(0.05)
        assert (disk.commits, collector.waiting()) == (1, 1)
    await asyncio.gather(first, second)
