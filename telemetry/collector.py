"""Group commit: single events of many clients share one transaction, without a timer.

A group is what waits when the writer gets to it. All checks happen before a record comes here.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from django.db import DatabaseError, DataError, IntegrityError

from pulse_project.core import db, lifecycle
from pulse_project.core.errors import Code, Failure, busy
from telemetry import journal, store
from telemetry.record import Record
from telemetry.store import Stored

logger = logging.getLogger("pulse.telemetry")

MOST_WAITING: Final = 10_000
GROUP: Final = 500
MOST_UNDER_WAY: Final = 32  # groups; a disk that stalls is felt by those who send, even if they do not wait for it


@dataclass(slots=True)
class _Waiting:
    """A record on its way, and who waits for it. `is_relaxed`: the answer does not wait for the disk."""

    record: Record
    answer: "asyncio.Future[Stored]"
    is_relaxed: bool

    def settle(self, answer: Stored | Failure) -> None:
        if self.answer.done():  # the client left
            return
        if isinstance(answer, Failure):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


@dataclass(slots=True)
class _Group:
    """What one transaction stores; None until the writer takes what waits."""

    members: list[_Waiting] | None = None


class Collector:
    """The queue of one event loop.

    At most one group is on its way to the writer. Where one writer keeps their order, which is the order of receipt,
    others may be on their way to the disk meanwhile.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._queue: deque[_Waiting] = deque()
        self._is_called = False  # a group is due that was not taken yet
        self._under_way: set[asyncio.Task[None]] = set()
        self._most_under_way = MOST_UNDER_WAY if db.pools().write.size == 1 else 1
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
        self._call()
        return await waiting.answer

    def say_soon(self) -> None:
        """Have the journal written within half a second."""
        if self._notice is None or self._notice.done():
            self._notice = self.loop.create_task(self._say())

    async def stop(self) -> None:
        """Store what waits, then end."""
        while self._is_called or self._under_way:
            await asyncio.sleep(0.001)
        if self._notice is not None:
            self._notice.cancel()
        if self._figures is not None:
            await self._figures  # what a thread has begun cannot be taken back

    def _call(self) -> None:
        """Call the writer with the next turn of the loop, if something waits for which nobody called it."""
        if self._queue and not self._is_called and len(self._under_way) < self._most_under_way:
            self._is_called = True
            self.loop.call_soon(self._begin)

    def _begin(self) -> None:
        self._under_way.add(self.loop.create_task(self._store(_Group())))

    async def _store(self, group: _Group) -> None:
        answers: Sequence[Stored | Failure] | None = None
        try:
            answers = await self._answers(group)
        finally:
            members = self._taken(group)
            self._under_way.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._call()  # before the last group is answered, so that the writer does not wait for that
            _settle(members, [_unforeseen()] * len(members) if answers is None else answers)
        if members:
            self.say_soon()

    def _taken(self, group: _Group) -> list[_Waiting]:
        """The members of a group; at the first call, in the writer unless it is never reached, what waits now."""
        if group.members is None:
            self._is_called = False  # what comes from here on calls again
            group.members = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
        return group.members

    async def _answers(self, group: _Group) -> Sequence[Stored | Failure]:
        """What became of each record. When the database refuses something in the group, only that record fails."""
        try:
            return await db.in_write(self._write, group)
        except (DataError, IntegrityError) as error:
            members = self._taken(group)
            if len(members) == 1:
                return [db.failure_of(error)]
            return [answer for one in members for answer in await self._answers(_Group([one]))]
        except DatabaseError as error:
            return [db.failure_of(error)] * len(self._taken(group))
        except Failure as failure:
            return [failure] * len(self._taken(group))

    def _write(self, group: _Group) -> list[Stored]:
        """In the writer: store a group. Another may have taken all there was."""
        members = self._taken(group)

        def committed(stored: list[Stored]) -> None:
            if any(one.is_relaxed for one in members):
                self.loop.call_soon_threadsafe(_settle, [one if one.is_relaxed else None for one in members], stored)

        return store.write([one.record for one in members], committed) if members else []

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


def _settle(group: Sequence[_Waiting | None], answers: Sequence[Stored | Failure]) -> None:
    for one, answer in zip(group, answers, strict=True):
        if one is not None:
            one.settle(answer)


def _unforeseen() -> Failure:
    return Failure(Code.INTERNAL_ERROR, "Pulse failed to store that event. The server's log has the cause.")


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
