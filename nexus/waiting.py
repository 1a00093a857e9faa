"""Long polls of the bus: look, and while there is nothing to show wait on the hub without touching the store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from nexus import feed
from pulse_project.core import conf
from pulse_project.core.hub import Entry, hub

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Look(Generic[Result]):
    """One look at the store. `seen` is the log's head in its snapshot; `match` judges later rows in memory.

    `keys` are those of the rows that may matter. `wake_at_us` are moments at which another look may show more although
    nobody writes; they are scheduled under the first key. `answer` makes a result of the rows that matched, so that a
    woken wait asks the store nothing; without it every wake is another look.
    """

    result: Result
    is_done: bool
    seen: int
    keys: tuple[str, ...]
    match: Callable[[Entry], bool]
    wake_at_us: tuple[int, ...] = ()
    answer: Callable[[Sequence[Entry]], Result] | None = None

    def from_memory(self) -> Result | None:
        """The answer in the rows that the hub still holds, None when there is none."""
        if self.answer is None:
            return None
        rows = hub().recent(feed.LETTER, keys=self.keys, after=self.seen, match=self.match)
        return self.answer(rows) if rows else None


async def poll(look: Callable[[], Awaitable[Look[Result]]], *, timeout_seconds: float | None) -> tuple[Result, bool]:
    """The first result that is done, or the last one after `timeout_seconds`; and whether time ran out.

    Without a timeout (None, 0) it looks once. The timeout is cut to `max_wait_timeout_seconds`.
    """
    found = await look()
    seconds = min(timeout_seconds or 0, conf.current().max_wait_timeout_seconds)
    if found.is_done or seconds <= 0:
        return found.result, False
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        for at_us in found.wake_at_us:
            hub().schedule(found.keys[0], at_us)
        left = until - loop.time()
        woken = left > 0 and await hub().wait_for(
            feed.LETTER, keys=found.keys, after=found.seen, match=found.match, timeout=left
        )
        if not woken:
            return found.result, True
        remembered = found.from_memory()
        if remembered is not None:
            return remembered, False
        found = await look()
        if found.is_done:
            return found.result, False
