"""Sleep of the machine and jumps of its clock: leases and sessions get one grace period, none lapses unseen."""

import threading
import time
from dataclasses import dataclass

JUMP_US = 30 * 1_000_000  # a smaller difference between wall clock and steady clock is drift or slewing


@dataclass(frozen=True, slots=True)
class Jump:
    """The wall clock went from `start_us` to `end_us` while the machine's steady clock went much less far."""

    start_us: int
    end_us: int


class JumpWatch:
    """Compares the wall clock with the steady clock, which stands still while a machine sleeps, at every look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sample: tuple[int, int] | None = None
        self._jump: Jump | None = None

    def look(self, wall_us: int, steady_us: int) -> None:
        """Record a jump when the wall clock ran ahead of the steady one by over `JUMP_US` since the last look."""
        with self._lock:
            before, self._sample = self._sample, (wall_us, steady_us)
            if before is not None and (wall_us - before[0]) - (steady_us - before[1]) > JUMP_US:
                self._jump = Jump(before[0], wall_us)

    def record(self, jump: Jump | None) -> None:
        with self._lock:
            self._jump = jump

    def hid(self, deadline_us: int) -> bool:
        """Whether that moment passed inside the last jump: nobody was awake to keep the deadline."""
        jump = self._jump
        return jump is not None and jump.start_us <= deadline_us <= jump.end_us

    def cutoff_us(self, now_us: int, ttl_seconds: int) -> int:
        """The instant before which a deadline is missed: `now_us`, or the start of a jump during its grace."""
        jump = self._jump
        if jump is not None and jump.start_us <= now_us < jump.end_us + ttl_seconds * 1_000_000:
            return jump.start_us
        return now_us


watch = JumpWatch()
watch.look(time.time_ns() // 1000, time.monotonic_ns() // 1000)  # a sleep before the first deadline is asked for counts


def cutoff_us(now_us: int, ttl_seconds: int) -> int:
    """What `now_us` is to a deadline of that length: a lease has lapsed when `lease_expires_us < cutoff_us(...)`.

    Everywhere the same as `now_us`, except for one `ttl_seconds` after the machine slept or its clock was set forward.
    """
    watch.look(time.time_ns() // 1000, time.monotonic_ns() // 1000)
    return watch.cutoff_us(now_us, ttl_seconds)
