"""How much one caller may ask for: a token bucket per principal, slots for waits and streams."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from pulse_project.core import conf
from pulse_project.core.errors import Code, Failure, busy
from pulse_project.core.principals import Caller

MAX_BUCKETS = 20_000
T = TypeVar("T")


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Buckets:
    """Token buckets by name; the least used are forgotten above `MAX_BUCKETS`, which only refills them."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(
        self, name: str, per_minute: int, *, burst: int | None = None, now: float | None = None, amount: int = 1
    ) -> float:
        """Take `amount` tokens. 0.0 when there were as many, else the seconds until then; nothing is taken.

        More than the bucket holds is given when it is full, and owed.
        """
        now = time.monotonic() if now is None else now
        size = float(per_minute if burst is None else burst)
        level, then = self._levels.get(name, (size, now))
        level = min(size, level + (now - then) * per_minute / 60.0)
        needed = min(float(amount), size)
        if level < needed:
            return (needed - level) * 60.0 / per_minute
        self._levels[name] = (level - amount, now)
        if len(self._levels) > MAX_BUCKETS:
            self._levels.popitem(last=False)
        return 0.0

    def forget(self) -> None:
        self._levels.clear()

    def __len__(self) -> int:
        return len(self._levels)


calls = Buckets()


def spend(caller: Caller, operation: Named) -> None:
    """Count one call of `caller`; RATE_LIMITED with `retry_after_seconds` when its minute is used up."""
    per_minute = conf.current().rate_limit_per_minute
    if per_minute == 0 or not (caller.key_pk or caller.user_pk):
        return
    wait = calls.take(caller.bucket, per_minute)
    if wait:
        raise limited(wait, per_minute=per_minute)


def limited(wait_seconds: float, **details: int) -> Failure:
    seconds = max(1, round(wait_seconds + 0.5))
    return Failure(
        Code.RATE_LIMITED,
        "Too many calls. Wait and repeat the same call.",
        retryable=True,
        retry_after_seconds=seconds,
        **details,
    )


failed_logins = Buckets()
FAILURES_PER_MINUTE = 60


def count_failure(peer_bucket: str) -> None:
    """Count a wrong key of a peer; RATE_LIMITED when it guesses too often. Good keys are never counted here."""
    wait = failed_logins.take(peer_bucket, FAILURES_PER_MINUTE)
    if wait:
        raise limited(wait)


class Slots:
    """How many of one thing may be open at once: by caller with a key, and in the whole process."""

    def __init__(self, *, each: int, total: int, what: str) -> None:
        self.each, self.total, self.what = each, total, what
        self._held: dict[str, int] = {}
        self.count = 0

    @contextmanager
    def hold(self, caller: Caller) -> Iterator[None]:
        """Hold one slot. RATE_LIMITED above the caller's share; DB_ERROR (503) when the process is full."""
        name = caller.bucket
        held = self._held.get(name, 0)
        if self.each and caller.key_pk and held >= self.each:
            raise Failure(
                Code.RATE_LIMITED,
                f"This key has {self.each} {self.what} open. Close one first.",
                retryable=True,
                retry_after_seconds=1,
                limit=self.each,
            )
        if self.count >= self.total:
            raise busy("full")
        self._held[name] = held + 1
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
            if self._held[name] == 1:
                del self._held[name]
            else:
                self._held[name] -= 1


class Turns:
    """How many calls of one key run at once; the next ones queue in order, up to a bound for the whole process."""

    def __init__(self, *, each: int, queue: int) -> None:
        self.each, self.queue = each, queue
        self._running: dict[str, int] = {}
        self._queued: dict[str, deque[asyncio.Future[None]]] = {}
        self.queued_count = 0

    async def take(self, caller: Caller, function: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """The result of the call when its turn has come. DB_ERROR (503) when too many calls wait."""
        if not caller.key_pk:
            return await function(*arguments)
        name = caller.bucket
        running = self._running.get(name, 0)
        if running < self.each:
            self._running[name] = running + 1
        else:
            await self._wait(name)
        try:
            return await function(*arguments)
        finally:
            self._leave(name)

    async def _wait(self, name: str) -> None:
        if self.queued_count >= self.queue:
            raise busy("queue")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queued.setdefault(name, deque()).append(turn)
        self.queued_count += 1
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(name)  # the turn came while the call was cancelled: hand it on
            raise
        finally:
            self.queued_count -= 1

    def _leave(self, name: str) -> None:
        queue = self._queued.get(name)
        while queue:
            turn = queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._queued.pop(name, None)
        if self._running[name] == 1:
            del self._running[name]
        else:
            self._running[name] -= 1


turns = Turns(each=8, queue=256)
waits = Slots(each=32, total=1000, what="waits")
streams = Slots(each=8, total=1000, what="streams")
sockets = Slots(each=0, total=1000, what="websockets")
