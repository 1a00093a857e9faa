"""Moments at which something changes without a write: leases that end, fallbacks that begin."""

import asyncio
import heapq
from collections.abc import Callable, Collection

from pulse_project.core import clock

MAX_PENDING = 50_000
LONGEST_SLEEP_SECONDS = 0.5  # the wall clock may jump (sleep, correction)


class Deadlines:
    """A heap of (microseconds, key) with one timer of the event loop; equal pairs are kept once."""

    def __init__(self, on_due: Callable[[Collection[str]], None]) -> None:
        self._on_due = on_due
        self._heap: list[tuple[int, str]] = []
        self._known: set[tuple[int, str]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def schedule(self, key: str, at_us: int) -> None:
        pair = (at_us, key)
        if pair in self._known:
            return
        if len(self._heap) >= MAX_PENDING:
            self._forget_latest()
        self._known.add(pair)
        heapq.heappush(self._heap, pair)
        if self._heap[0] == pair:
            self._arm()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._heap.clear()
        self._known.clear()

    def _forget_latest(self) -> None:
        """Drop the latest tenth: who waits for those asks again before they come near."""
        self._heap = heapq.nsmallest(MAX_PENDING - MAX_PENDING // 10, self._heap)
        self._known = set(self._heap)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heap:
            seconds = max((self._heap[0][0] - clock.now_us()) / 1_000_000, 0.0)
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(seconds, LONGEST_SLEEP_SECONDS), self._look)

    def _look(self) -> None:
        self._timer = None
        now = clock.now_us()
        due: set[str] = set()
        while self._heap and self._heap[0][0] <= now:
            pair = heapq.heappop(self._heap)
            self._known.discard(pair)
            due.add(pair[1])
        if due:
            self._on_due(due)
        self._arm()
