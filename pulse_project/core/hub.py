"""The one tail of both logs per event loop: wakes waits, websockets and SSE streams, and never skips a row."""

import asyncio
import logging
import threading
from collections.abc import Collection, Mapping
from typing import Any

from django.db import Error as DatabaseFault

from pulse_project.core import db, wake
from pulse_project.core.errors import Failure
from pulse_project.core.ratelimit import limited
from pulse_project.core.tail.cursors import Cursors
from pulse_project.core.tail.deadlines import Deadlines
from pulse_project.core.tail.entries import Entry, Letter, Source, register_source
from pulse_project.core.tail.feeds import Feed, Subscription
from pulse_project.core.tail.figures import HubStats
from pulse_project.core.tail.followers import Followers
from pulse_project.core.tail.listeners import on_entry
from pulse_project.core.tail.pages import is_ahead, page_of
from pulse_project.core.tail.ring import Match
from pulse_project.core.tail.streams import GOING_AWAY, Stream
from pulse_project.core.tail.tailer import RETRY_SECONDS, Tail
from pulse_project.core.tail.waiters import Waiter, Waiters
from pulse_project.core.tail.watch import watch_store

__all__ = ["Entry", "Feed", "Hub", "HubStats", "Letter", "Source", "hub", "on_entry", "register_source", "stats"]

logger = logging.getLogger("pulse.hub")

MAX_STREAMS = 1_000
MAX_WAITERS = 1_000


class Hub:
    """Tails every registered log on one event loop. Get it by `hub()`; plain methods belong to the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.is_stopping = False
        self._tail = Tail(hand_out=self._hand_out, rewound=self._rewound)
        self._waiters = Waiters()
        self._deadlines = Deadlines(self._on_due)
        self._streams: set[Stream] = set()
        self._followers = Followers()
        self._is_signalled = False
        self._tasks: list[asyncio.Task[None]] = []

    # waits

    async def ready(self) -> None:
        """Return once the positions are known: rows committed later will be handed out."""
        await self._tail.ready.wait()

    def head(self, letter: Letter) -> int:
        """The seq of the last row handed out (0 before the hub is ready)."""
        ring = self._tail.rings.get(letter)
        return ring.position if ring else 0

    async def wait_for(
        self,
        letter: Letter,
        *,
        keys: Collection[str],
        after: int,
        match: Match,
        timeout: float,
    ) -> bool:
        """Wait for a row above `after` that shares a key and matches, or for a scheduled deadline of one of the keys.

        True: look again (a row came, a deadline passed, or more rows came than the ring holds). False: `timeout`
        seconds passed or the server stops. `match` runs on the event loop and must not touch the store.

        Errors: RATE_LIMITED above the process's bound of waits.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._tail.ready.wait()
                return await self._wait(Waiter(letter, frozenset(keys), after, match))
        except TimeoutError:
            return False

    def recent(self, letter: Letter, *, keys: Collection[str], after: int, match: Match) -> list[Entry] | None:
        """Rows above `after` that share a key and match, from memory; None when the ring does not reach back so far.

        What a woken wait answers with: a hundred waits on one row then cost no query.
        """
        ring = self._tail.rings.get(letter)
        return ring.since(after=after, keys=keys, match=match) if ring and ring.covers(after) else None

    async def _wait(self, waiter: Waiter) -> bool:
        if self.is_stopping:
            return False
        if len(self._waiters) >= MAX_WAITERS:
            raise limited(1.0, waits=MAX_WAITERS)
        ring = self._tail.rings[waiter.letter]
        if not ring.covers(waiter.after) or ring.has(after=waiter.after, keys=waiter.keys, match=waiter.match):
            return True
        self._waiters.add(waiter)
        try:
            return await waiter.woken
        finally:
            self._waiters.remove(waiter)

    def schedule(self, key: str, at_us: int) -> None:
        """Wake waits and topics of `key` at that time (microseconds since 1970)."""
        if not self.is_stopping:
            self._deadlines.schedule(key, at_us)

    # streams

    async def subscribe(self) -> Stream:
        """A new outbound stream without subscriptions; `release` it when the connection ends.

        Errors: RATE_LIMITED when this process has as many streams as it takes.
        """
        if len(self._streams) >= MAX_STREAMS:
            raise limited(1.0, streams=MAX_STREAMS)
        await self._tail.ready.wait()
        stream = Stream(read_page=self._read_page, positions=self._tail.positions)
        self._streams.add(stream)
        if self.is_stopping:
            stream.end(GOING_AWAY)
        return stream

    async def follow(self, stream: Stream, feed: Feed, after: Cursors | None = None) -> Subscription:
        """Subscribe first, then replay from the log, then forward what is above: no loss, no duplicate.

        Logs that `after` does not name start now. A cursor above its log's head starts over with a reset frame.
        """
        after = {letter: seq for letter, seq in (after or {}).items() if letter in feed.keys}
        ahead: Cursors = {letter: seq for letter, seq in after.items() if seq > self.head(letter)}
        is_lost = bool(ahead) and await db.in_read(is_ahead, ahead)
        self.unfollow(stream, feed.name)
        subscription = stream.attach(feed, {} if is_lost else after)
        self._followers.add(stream, subscription)
        if is_lost:
            stream.restart(subscription, "rewound")
        return subscription

    def unfollow(self, stream: Stream, name: str) -> None:
        """End one subscription of a stream; unknown names are ignored."""
        subscription = stream.detach(name)
        if subscription is not None:
            self._followers.remove(stream, subscription)

    def release(self, stream: Stream) -> None:
        """Forget a stream and all its subscriptions."""
        for name in list(stream.subscriptions):
            self.unfollow(stream, name)
        self._streams.discard(stream)

    def publish(self, keys: Collection[str], payload: Mapping[str, Any]) -> None:
        """Send an ephemeral notice (no cursor, never replayed) to the subscribers of `keys` in this process."""
        self._followers.notify(keys, payload)

    async def _read_page(self, feed: Feed, letter: Letter, after: int, upto: int) -> list[Entry]:
        """A page of a feed, retried while the store is away."""
        while not self.is_stopping:
            try:
                return await db.in_read(page_of, feed, letter, after, upto)
            except (DatabaseFault, Failure) as fault:
                logger.warning("a replay waits for the store: %s", fault)
                await asyncio.sleep(RETRY_SECONDS)
        return []

    # life

    def start(self) -> None:
        wake.listeners.add(self.notify)
        self._tasks = [self.loop.create_task(self._tail.run()), self.loop.create_task(watch_store(self._signal))]

    def notify(self) -> None:
        """Look at the logs soon. May be called from any thread."""
        if not self._is_signalled:
            self._is_signalled = True
            try:
                self.loop.call_soon_threadsafe(self._signal)
            except RuntimeError:  # the loop is closed: this hub is history
                wake.listeners.discard(self.notify)

    def _signal(self) -> None:
        self._is_signalled = False
        self._tail.woken.set()

    async def stop(self) -> None:
        """End every wait (False) and every stream (1012) at once. The hub stays stopped."""
        self.is_stopping = True
        wake.listeners.discard(self.notify)
        self._tail.ready.set()
        self._waiters.end_all(False)
        self._deadlines.stop()
        for stream in self._streams:
            stream.end(GOING_AWAY)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()  # a task that was cancelled while it connected keeps the connection as long as it lives

    def stats(self) -> HubStats:
        rings = list(self._tail.rings.values())
        streams = tuple(self._streams)
        return HubStats(
            positions={str(letter): ring.position for letter, ring in self._tail.rings.items()},
            waiters=len(self._waiters),
            streams=len(streams),
            subscriptions=sum(len(stream.subscriptions) for stream in streams),
            deadlines=len(self._deadlines),
            ring_rows=sum(len(ring.rows) for ring in rings),
            ring_bytes=sum(ring.bytes for ring in rings),
            forwarded=self._tail.forwarded,
            catch_ups=sum(stream.catch_up_count for stream in streams),
            lag_seconds=self._tail.lag_seconds(),
        )

    # what the tail and the deadlines call

    def _hand_out(self, entry: Entry) -> None:
        self._waiters.offer(entry)
        self._followers.offer(entry)

    def _rewound(self, letter: Letter) -> None:
        self._waiters.end_all(True)
        for stream in self._streams:
            stream.lose(letter, "rewound")

    def _on_due(self, keys: Collection[str]) -> None:
        self._waiters.due(keys)
        self.publish(keys, {"type": "deadline.passed"})


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_hubs_lock = threading.Lock()


def hub() -> Hub:
    """The hub of the running event loop, started at the first call."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        with _hubs_lock:
            for closed in [other for other in _hubs if other.is_closed()]:
                wake.listeners.discard(_hubs.pop(closed).notify)
            found = _hubs[loop] = Hub(loop)
        found.start()
    return found


def stats() -> HubStats | None:
    """The figures of this process's hub from any thread; None while none runs."""
    running = next((one for one in tuple(_hubs.values()) if not one.loop.is_closed()), None)
    return running.stats() if running else None
