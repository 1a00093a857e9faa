"""Coroutines that wait for a row or a deadline, found by key."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field

from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.tail.isolation import Isolated
from pulse_project.core.tail.ring import Match

logger = logging.getLogger("pulse.hub")


@dataclass(eq=False, slots=True)
class Waiter:
    """One waiting call. The future answers True for news and False when the server stops."""

    letter: Letter
    keys: frozenset[str]
    after: int
    match: Match
    woken: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def offer(self, entry: Entry) -> None:
        with Isolated(logger, "a waiter could not judge an event"):
            if entry.seq > self.after and not self.woken.done() and self.match(entry):
                self.woken.set_result(True)

    def end(self, news: bool) -> None:
        if not self.woken.done():
            self.woken.set_result(news)


class Waiters:
    """Index log + key -> waiters, so that a row meets only those that named one of its keys."""

    def __init__(self) -> None:
        self._by_key: dict[str, set[Waiter]] = {}
        self._all: set[Waiter] = set()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, waiter: Waiter) -> None:
        self._all.add(waiter)
        for key in waiter.keys:
            self._by_key.setdefault(key, set()).add(waiter)

    def remove(self, waiter: Waiter) -> None:
        self._all.discard(waiter)
        for key in waiter.keys:
            named = self._by_key.get(key)
            if named is not None:
                named.discard(waiter)
                if not named:
                    del self._by_key[key]

    def offer(self, entry: Entry) -> None:
        """Wake everybody whom `entry` concerns."""
        for key in entry.keys:
            for waiter in self._by_key.get(key, ()):
                if waiter.letter == entry.log:
                    waiter.offer(entry)

    def due(self, keys: Collection[str]) -> None:
        """Wake everybody who named one of `keys`: a deadline passed."""
        for key in keys:
            for waiter in self._by_key.get(key, ()):
                waiter.end(True)

    def end_all(self, news: bool) -> None:
        for waiter in self._all:
            waiter.end(news)
