"""The live tail: events in the order of receipt as server-sent events, read once for all tails that ask the same."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any, Final
from weakref import WeakKeyDictionary

from pydantic_core import to_json

from pulse_project.core import db, durability, rewinds
from telemetry import event_reads, event_rows
from telemetry.event_reads import Wanted

EVENT: Final = "telemetry"
MOST_EVENTS: Final = 500  # of one page
MOST_TEXT: Final = 1024 * 1024  # characters of payload of one page
AT_ONCE: Final = 2  # of the eight readers: however many follow, six are left for everybody else


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames of some events. `position`: the number up to which everything was looked at; `is_last`: no more yet."""

    text: bytes
    position: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Start:
    """The number to begin after. `reset`: why that is not where the client stopped."""

    position: int
    reset: str | None = None

    @property
    def text(self) -> bytes:
        if self.reset is None:
            return b""
        return _frame(self.position, b"reset", {"reason": self.reset, "head": self.position})


def start(after: int | None) -> Start:
    """Where a tail begins: after the given number, or with what comes from now on. Blocks."""
    with db.read_tx():
        head = event_rows.last_number()
        if after is None:
            return Start(head)
        if after > head or rewinds.end_of(event_rows.COUNTER, after) is not None:
            return Start(head, "rewound")
    return Start(after)


def chunk_after(wanted: Wanted) -> Chunk:
    """The next page above `wanted.after`. Blocks."""
    with db.read_tx():
        head = event_rows.last_number()
        if (wanted.after or 0) > head:
            return Chunk(Start(head, "rewound").text, head, is_last=True)
        page = event_reads.following(replace(wanted, before=head + 1), MOST_EVENTS, most_text=MOST_TEXT)
    frames = zip(page.numbers, page.events, strict=True)
    text = b"".join(_frame(number, EVENT.encode(), event) for number, event in frames)
    return Chunk(text, head if page.is_last else page.numbers[-1], page.is_last)


def _frame(number: int, event: bytes, data: Any) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, event, to_json(data))


class Pages:
    """Reads pages for the tails of one event loop: equal reads that have not begun are made once, few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._queued: dict[Wanted, asyncio.Task[Chunk]] = {}

    async def read(self, wanted: Wanted) -> Chunk:
        """The next page, durable. Errors: DatabaseError, Failure."""
        task = self._queued.get(wanted)
        if task is None:
            task = self._queued[wanted] = asyncio.create_task(self._read(wanted))
            task.add_done_callback(_seen)
        return await asyncio.shield(task)

    async def _read(self, wanted: Wanted) -> Chunk:
        async with self._turns:
            del self._queued[wanted]  # who comes from now on may know of events that this read does not see
            chunk = await db.in_read(chunk_after, wanted)
        await durability.cover(event_rows.COUNTER, chunk.position)
        return chunk


def _seen(task: asyncio.Task[Chunk]) -> None:
    """A failure that nobody waits for any more is nothing to report."""
    if not task.cancelled():
        task.exception()


_pages: WeakKeyDictionary[asyncio.AbstractEventLoop, Pages] = WeakKeyDictionary()


def pages() -> Pages:
    """Those of the running event loop."""
    return _pages.setdefault(asyncio.get_running_loop(), Pages())
