"""A disk that takes its time: transactions commit at once, and are durable when it is told to go on."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest

from tests.telemetry.events import event


@dataclass
class SlowDisk:
    """`commits` of events have returned; whoever asked for them waits for `gate`."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    commits: int = 0

    async def has_commits(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.commits < count:
                await asyncio.sleep(0.001)


@contextmanager
def slow_disk() -> Iterator[SlowDisk]:
    from pulse_project.core import db
    from telemetry.collector import Collector

    disk, in_write = SlowDisk(), db.in_write

    async def written(function: Callable[..., Any], *arguments: Any) -> Any:
        answer = await in_write(function, *arguments)
        if getattr(function, "__func__", None) is Collector._write:
            disk.commits += 1
            await disk.gate.wait()
        return answer

    with patch.object(db, "in_write", written):
        try:
            yield disk
        finally:
            disk.gate.set()


def submitted(number: int) -> asyncio.Task[Any]:
    """An event on its way through the collector of this loop."""
    from pulse_project.core import clock
    from telemetry.collector import collector
    from telemetry.record import record_of

    return asyncio.create_task(collector().submit(record_of(event(n=number), received_us=clock.now_us())))


@pytest.fixture
def nothing_remembered() -> Iterator[None]:
    """For tests beside the directory of telemetry: names and figures of an emptied store are forgotten."""
    from telemetry import journal, labels

    labels.forget()
    yield
    labels.forget()
    journal.forget()
