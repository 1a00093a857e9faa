"""Who follows which key: rows and notices find their streams without a scan."""

import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pulse_project.core.tail.entries import LETTERS, Entry, Letter
from pulse_project.core.tail.feeds import Subscription
from pulse_project.core.tail.isolation import Isolated
from pulse_project.core.tail.streams import Stream

logger = logging.getLogger("pulse.hub")
Follower = tuple[Stream, Subscription]


class Followers:
    """Index (log, key) -> streams with a subscription on it."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[Letter, str], dict[Follower, None]] = {}  # a dict keeps the order of arrival

    def add(self, stream: Stream, subscription: Subscription) -> None:
        for pair in subscription.feed.keys.items():
            self._by_key.setdefault(pair, {})[stream, subscription] = None

    def remove(self, stream: Stream, subscription: Subscription) -> None:
        for pair in subscription.feed.keys.items():
            named = self._by_key.get(pair)
            if named is not None:
                named.pop((stream, subscription), None)
                if not named:
                    del self._by_key[pair]

    def offer(self, entry: Entry) -> None:
        """Queue the row for its streams; its text is made once per feed name."""
        texts: dict[str, str | None] = {}
        for key in entry.keys:
            for stream, subscription in self._by_key.get((entry.log, key), ()):
                name = subscription.feed.name
                if name not in texts:
                    texts[name] = _text(subscription, entry)
                shared = texts[name]
                if shared is not None:
                    stream.offer(subscription, entry, shared)

    def notify(self, keys: Collection[str], payload: Mapping[str, Any]) -> None:
        """Queue an ephemeral frame for the streams of `keys`."""
        for stream, subscription in self._named(keys):
            text = subscription.feed.notice(payload)
            if text is not None:
                stream.notify(subscription, text)

    def _named(self, keys: Collection[str]) -> Iterator[Follower]:
        seen: set[Follower] = set()
        for key in keys:
            for letter in LETTERS:
                for follower in self._by_key.get((letter, key), ()):
                    if follower not in seen:
                        seen.add(follower)
                        yield follower


def _text(subscription: Subscription, entry: Entry) -> str | None:
    with Isolated(logger, "an event could not be rendered"):
        return subscription.feed.shared(entry)
    return None
