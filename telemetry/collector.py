"""Group commit: single events of many clients share one transaction, without a timer.

The next group gathers while the last one commits. All checks happen before a record comes here.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, DataError, IntegrityError

from pulse_project.core import db, lifecycle
from pulse_project.core.errors import Failure, busy
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
    """The queue of one event loop and the task that empties it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._queue: deque[_Waiting] = deque()
        self._woken = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._commits: set[asyncio.Task[None]] = set()
        self._notice: asyncio.Task[None] | None = None
        self._task = loop.create_task(self._run())

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
        self._woken.set()
        return await waiting.answer

    def say_soon(self) -> None:
        """Have the journal written within half a second."""
        if self._notice is None or self._notice.done():
            self._notice = self.loop.create_task(self._say())

    async def stop(self) -> None:
        """Store what waits, then end."""
        while self._queue or self._commits:
            self._woken.set()
            await asyncio.sleep(0.001)
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            await self._free.wait()
            group = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            if not self._queue:
                self._woken.clear()
            if group:
                self._free.clear()
                commit = self.loop.create_task(self._commit(group))
                self._commits.add(commit)
                commit.add_done_callback(self._commits.discard)

    async def _commit(self, group: list[_Waiting]) -> None:
        def committed(stored: list[Stored]) -> None:
            self.loop.call_soon_threadsafe(self._committed, group, stored)

        try:
            stored = await db.in_write(store.write, [one.record for one in group], committed)
        except (DataError, IntegrityError):
            await self._one_by_one(group)
        except DatabaseError as error:
            _fail(group, db.failure_of(error))
        except Failure as failure:
            _fail(group, failure)
        else:
            for one, answer in zip(group, stored, strict=True):
                one.settle(answer)
            self.say_soon()
        finally:
            self._free.set()

    def _committed(self, group: list[_Waiting], stored: list[Stored]) -> None:
        """The next group may begin; who does not wait for the disk is answered."""
        self._free.set()
        for one, answer in zip(group, stored, strict=True):
            if one.is_relaxed:
                one.settle(answer)

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
            try:
                await db.in_write(journal.write)
            except (DatabaseError, Failure) as error:
                logger.warning("the figures of telemetry wait for the store: %s", error)
                await asyncio.sleep(journal.EVERY_SECONDS)


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
