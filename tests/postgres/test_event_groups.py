"""Groups of events where several writers could change their order: one is under way at a time."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.slow_disk import slow_disk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    from telemetry import journal, labels

    labels.forget()
    yield
    labels.forget()
    journal.forget()


def submitted(number: int) -> asyncio.Task[Any]:
    from pulse_project.core import clock
    from telemetry.collector import collector
    from telemetry.record import record_of

    return asyncio.create_task(collector().submit(record_of(event(n=number), received_us=clock.now_us())))


async def test_a_second_group_waits_until_the_first_is_committed() -> None:
    from telemetry import collector

    with slow_disk() as disk:
        first = submitted(1)
        await disk.has_commits(1)
        second = submitted(2)
        await asyncio.sleep(0.05)
        assert (disk.commits, collector.waiting()) == (1, 1)
    await asyncio.gather(first, second)
