"""How much one caller may ask for: a token bucket per principal, slots for waits and streams."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from pulse_project.core import conf
from pulse_project.core.errors import Code, Failure, busy
from pulse_project.core.principals import Caller

MAX_BUCKETS = 20_000


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Buckets:
    """Token buckets by name; the least used are forgotten above `MAX_BUCKETS`, which only refills them."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_minute: int, *, burst: int | None = None, now: float | None = None) -> float:
        """Take one token. 0.0 when there was one, else the seconds until the next; nothing is taken then."""
        now = time.monotonic() if now is None else now
        size = float(per_minute if burst is None else burst)
        level, then = self._levels.get(name, (size, now))
        level = min(size, level + (now - then) * per_minute / 60.0)
        if level < 1.0:
            return (1.0 - level) * 60.0 / per_minute
        self._levels[name] = (level - 1.0, now)
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


waits = Slots(each=32, total=1000, what="waits")
streams = Slots(each=8, total=1000, what="streams")
sockets = Slots(each=0, total=1000, what="websockets")
