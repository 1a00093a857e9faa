"""The outbound side of one websocket or SSE client: a bounded queue, and the log when the queue is not enough."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from pulse_project.core.tail.cursors import Cursors, text_of
from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.tail.feeds import Feed, Subscription
from pulse_project.core.tail.isolation import Isolated
from pulse_project.core.tail.pages import PAGE, CursorLostError

logger = logging.getLogger("pulse.hub")

MAX_QUEUED_FRAMES = 1_000
MAX_QUEUED_BYTES = 1024 * 1024
BATCH = 100  # frames handed to the writer at once

GOING_AWAY = 1012  # the server stops
TOO_SLOW = 1013  # the client does not read


ReadPage = Callable[[Feed, Letter, int, int], Awaitable[list[Entry]]]


class Stream:
    """Frames for one client. The hub offers rows, the client's writer takes batches; neither waits for the other."""

    def __init__(self, *, read_page: ReadPage, positions: Callable[[], Cursors]) -> None:
        self._read_page = read_page
        self._positions = positions
        self._control: deque[str] = deque()
        self._queue: deque[tuple[Subscription, Letter | None, int, str]] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self.subscriptions: dict[str, Subscription] = {}
        self.close_code: int | None = None
        self.catch_up_count = 0

    # what the connection does

    def say(self, frame: str) -> None:
        """Put a control frame before everything queued."""
        self._control.append(frame)
        self._ready.set()

    def end(self, code: int) -> None:
        """Finish: `take` answers nothing from now on. The first code stays."""
        if self.close_code is None:
            self.close_code = code
        self._queue.clear()
        self._bytes = 0
        self._ready.set()

    async def take(self) -> list[str]:
        """The next frames in order; waits for them. Empty = the stream ended."""
        while self.close_code is None:
            if self._control:
                frames = list(self._control)
                self._control.clear()
                return frames
            behind = next((sub for sub in self.subscriptions.values() if sub.is_stale or sub.pending), None)
            frames = await self._catch_up(behind) if behind else self._dequeue()
            if frames:
                return frames
            if behind is None:
                self._ready.clear()
                await self._ready.wait()
        return []

    def head(self, feed: Feed) -> Cursors:
        """The hub's positions in the logs of `feed`."""
        positions = self._positions()
        return {letter: positions[letter] for letter in feed.keys}

    def attach(self, feed: Feed, after: Cursors) -> Subscription:
        """Start following; logs that `after` does not name start at the hub's position. Called by `Hub.follow`."""
        head = self.head(feed)
        subscription = Subscription(feed, {letter: after.get(letter, at) for letter, at in head.items()})
        self.subscriptions[feed.name] = subscription
        if subscription.sent == head:
            subscription.begin(head)
        self._ready.set()
        return subscription

    def detach(self, name: str) -> Subscription | None:
        """Stop following; queued frames of the feed go with it."""
        subscription = self.subscriptions.pop(name, None)
        if subscription is not None:
            kept = [item for item in self._queue if item[0] is not subscription]
            self._queue = deque(kept)
            self._bytes = sum(len(item[3]) for item in kept)
        return subscription

    # what the hub does

    def offer(self, subscription: Subscription, entry: Entry, shared: str) -> None:
        """Queue a live row if this caller may see it."""
        with Isolated(logger, "a subscriber could not judge an event"):
            if subscription.wants(entry) and subscription.feed.visible(entry):
                text = subscription.complete(entry, shared, subscription.tip)
                self._put(subscription, entry.log, entry.seq, text)

    def notify(self, subscription: Subscription, text: str) -> None:
        """Queue an ephemeral frame; lost when the client is behind, since it refetches then."""
        if not subscription.is_stale:
            self._put(subscription, None, 0, text)

    def lose(self, letter: Letter, reason: str) -> None:
        """The log went back: every subscription on it starts over."""
        for subscription in self.subscriptions.values():
            if letter in subscription.feed.keys:
                self.restart(subscription, reason)

    def _put(self, subscription: Subscription, letter: Letter | None, seq: int, text: str) -> None:
        self._queue.append((subscription, letter, seq, text))
        self._bytes += len(text)
        if len(self._queue) > MAX_QUEUED_FRAMES or self._bytes > MAX_QUEUED_BYTES:
            self._overflow()
        self._ready.set()

    def _overflow(self) -> None:
        self.catch_up_count += 1
        self._queue.clear()
        self._bytes = 0
        for subscription in self.subscriptions.values():
            subscription.fall_behind()

    def _dequeue(self) -> list[str]:
        frames: list[str] = []
        while self._queue and len(frames) < BATCH:
            subscription, letter, seq, text = self._queue.popleft()
            self._bytes -= len(text)
            if letter is not None:
                subscription.sent[letter] = seq
            frames.append(text)
        return frames

    async def _catch_up(self, subscription: Subscription) -> list[str]:
        """One page of the log for a subscription that is behind."""
        if subscription.is_stale:
            subscription.begin(self.head(subscription.feed))
        if not subscription.pending:
            return []
        letter, upto = subscription.pending[0]
        try:
            rows = await self._read_page(subscription.feed, letter, subscription.sent[letter], upto)
        except CursorLostError as lost:
            self.restart(subscription, lost.reason)
            return []
        if subscription.is_stale or self.subscriptions.get(subscription.feed.name) is not subscription:
            return []  # overflowed or unsubscribed meanwhile: the next round reads again
        return self._frames_of(subscription, rows, letter, upto)

    def _frames_of(self, subscription: Subscription, rows: list[Entry], letter: Letter, upto: int) -> list[str]:
        frames: list[str] = []
        for entry in rows:
            with Isolated(logger, "a subscriber could not judge an event"):
                shared = subscription.feed.shared(entry) if subscription.feed.visible(entry) else None
                if shared is not None:
                    frames.append(subscription.complete(entry, shared, subscription.sent))
            subscription.sent[letter] = entry.seq
        if len(rows) < PAGE:
            subscription.sent[letter] = upto
            subscription.pending.pop(0)
        return frames

    def restart(self, subscription: Subscription, reason: str) -> None:
        head = self.head(subscription.feed)
        subscription.sent = dict(head)
        subscription.begin(head)
        self._queue = deque(item for item in self._queue if item[0] is not subscription)
        self._bytes = sum(len(item[3]) for item in self._queue)
        self.say(subscription.feed.reset(reason, text_of(head)))
