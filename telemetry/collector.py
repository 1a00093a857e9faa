"""Group commit: single events of many clients share one transaction, without a timer.

The next group gathers while the last one commits. All checks happen before a record comes here.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, DataError, IntegrityError

from pulse_project.core import db, lifecycle
from pulse_project.core.errors import Code, Failure, busy
from telemetry import journal, store
from telemetry.record import Record
from telemetry.store import Stored

logger = logging.getLogger("pulse.telemetry")

MOST_WAITING: Final = 10_000
GROUP: Final = 500


@dataclass(slots=True)
class _Waiting:
    """A record on its way, and who waits for it. `is_relaxed`: the answer does not wait for the disk."""

    record: Record
    answer: "asyncio.Future[Stored]"
    is_relaxed: bool

    def settle(self, stored: Stored) -> None:
        if not self.answer.done():
            self.answer.set_result(stored)

    def fail(self, failure: Failure) -> None:
        if not self.answer.done():
            self.answer.set_exception(failure)


class Collector:
    """The queue of one event loop. At most one group is under way; the next one gathers meanwhile."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._queue: deque[_Waiting] = deque()
        self._is_due = False  # a group is under way, or begins with the next turn of the loop
        self._commit: asyncio.Task[None] | None = None
        self._notice: asyncio.Task[None] | None = None
        self._figures: asyncio.Task[bool] | None = None

    def __len__(self) -> int:
        return len(self._queue)

    async def submit(self, record: Record, *, is_relaxed: bool = False) -> Stored:
        """Store one record with the next group; it is stored even when the client leaves meanwhile.

        Errors: DB_ERROR (503, `retry_after_seconds`) when too many wait or the store fails.
        """
        if len(self._queue) >= MOST_WAITING:
            raise busy("ingest_queue")
        waiting = _Waiting(record, self.loop.create_future(), is_relaxed)
        self._queue.append(waiting)
        if not self._is_due:
            self._is_due = True
            self.loop.call_soon(self._begin)
        return await waiting.answer

    def say_soon(self) -> None:
        """Have the journal written within half a second."""
        if self._notice is None or self._notice.done():
            self._notice = self.loop.create_task(self._say())

    async def stop(self) -> None:
        """Store what waits, then end."""
        while self._is_due:
            await asyncio.sleep(0.001)
        if self._notice is not None:
            self._notice.cancel()
        if self._figures is not None:
            await self._figures  # what a thread has begun cannot be taken back

    def _begin(self) -> None:
        """Send off what waits. Called before the last group is answered, so that the writer does not wait for that."""
        group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
        self._is_due = bool(group)
        self._commit = self.loop.create_task(self._store(group)) if group else None

    async def _store(self, group: list[_Waiting]) -> None:
        def committed(stored: list[Stored]) -> None:
            if any(one.is_relaxed for one in group):
                self.loop.call_soon_threadsafe(_settle, [one if one.is_relaxed else None for one in group], stored)

        try:
            stored = await db.in_write(store.write, [one.record for one in group], committed)
        except (DataError, IntegrityError):
            await self._one_by_one(group)
            self._begin()
        except DatabaseError as error:
            self._begin()
            _fail(group, db.failure_of(error))
        except Failure as failure:
            self._begin()
            _fail(group, failure)
        except BaseException:
            self._begin()
            _fail(
                group, Failure(Code.INTERNAL_ERROR, "Pulse failed to store that event. The server's log has the cause.")
            )
            raise
        else:
            self._begin()
            _settle(group, stored)
            self.say_soon()

    async def _one_by_one(self, group: list[_Waiting]) -> None:
        """The database refuses something in the group: only that record fails."""
        for one in group:
            try:
                (stored,) = await db.in_write(store.write, [one.record])
            except DatabaseError as error:
                one.fail(db.failure_of(error))
            except Failure as failure:
                one.fail(failure)
            else:
                one.settle(stored)

    async def _say(self) -> None:
        while (wait := journal.seconds_to_wait()) is not None:
            await asyncio.sleep(wait)
            self._figures = self.loop.create_task(_write_figures())
            if not await asyncio.shield(self._figures):
                await asyncio.sleep(journal.EVERY_SECONDS)


async def _write_figures() -> bool:
    """Whether the store took what the journal had to say."""
    try:
        await db.in_write(journal.write)
    except (DatabaseError, Failure) as error:
        logger.warning("the figures of telemetry wait for the store: %s", error)
        return False
    return True


def _settle(group: Sequence[_Waiting | None], stored: Sequence[Stored]) -> None:
    for one, answer in zip(group, stored, strict=True):
        if one is not None:
            one.settle(answer)


def _fail(group: list[_Waiting], failure: Failure) -> None:
    for one in group:
        one.fail(failure)


_collectors: dict[asyncio.AbstractEventLoop, Collector] = {}


def collector() -> Collector:
    """The collector of the running event loop, started at the first call."""
    loop = asyncio.get_running_loop()
    found = _collectors.get(loop)
    if found is None:
        for closed in [known for known in _collectors if known.is_closed()]:
            del _collectors[closed]
        found = _collectors[loop] = Collector(loop)
    return found


def waiting() -> int:
    """Records that wait for a transaction in this process."""
    return sum(len(one) for one in tuple(_collectors.values()))


@lifecycle.at_stop
async def stop() -> None:
    """Store what waits and write the last figures."""
    found = _collectors.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.stop()
        await db.in_write(journal.write)
