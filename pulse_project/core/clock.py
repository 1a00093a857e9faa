"""The time of day. Every module asks here, so that tests can set it and the store never runs backwards."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLOWER_BY = 8  # while the wall clock is behind, one part in eight of each second is given up until it has caught up
_lock = threading.Lock()
_floor_us = 0
_behind: tuple[int, int] | None = None  # steady clock and answer of the last look that found the wall clock behind
_fake_us: int | None = None


def now_us() -> int:
    """Microseconds since 1970-01-01 UTC; never lower than an earlier answer or the store's persisted mark.

    A wall clock that was set back does not stop time, or every lease would last longer by as much: it goes on a little
    slower until the wall clock has caught up.
    """
    global _floor_us
    if _fake_us is not None:
        return _fake_us
    wall = time.time_ns() // 1000
    if wall < _floor_us:
        return _while_behind(wall)
    _floor_us = wall
    return wall


def _while_behind(wall: int) -> int:
    global _floor_us, _behind
    with _lock:
        steady = time.monotonic_ns() // 1000
        if _behind is None or _behind[1] != _floor_us:
            _behind = (steady, _floor_us)
        passed = steady - _behind[0]
        _floor_us = max(wall, _floor_us + passed - passed // SLOWER_BY)
        if passed:
            _behind = (steady, _floor_us)
        return _floor_us


def now() -> datetime:
    """The same instant as an aware datetime in UTC."""
    return from_us(now_us())


def from_us(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def to_us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def iso(us: int | None) -> str | None:
    """`YYYY-MM-DDTHH:MM:SS.ffffff+00:00`: text order is time order."""
    return None if us is None else f"{_second(us // 1_000_000)}.{us % 1_000_000:06d}+00:00"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    """The text of a whole second; rows of one answer share few of them."""
    return from_us(seconds * 1_000_000).strftime("%Y-%m-%dT%H:%M:%S")


def raise_floor(us: int) -> None:
    """Never answer below `us`: called at start with the mark that the store persisted."""
    global _floor_us
    with _lock:
        _floor_us = max(_floor_us, us)


@contextmanager
def frozen_at(us: int) -> Iterator["FakeClock"]:
    """For tests: time stands still and moves only by `FakeClock.advance`."""
    global _fake_us
    before = _fake_us
    _fake_us = us
    try:
        yield FakeClock()
    finally:
        _fake_us = before


class FakeClock:
    """The hand that moves frozen time."""

    def advance(self, seconds: float) -> None:
        global _fake_us
        _fake_us = (_fake_us or 0) + int(seconds * 1_000_000)
