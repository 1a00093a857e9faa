"""What one subscription follows, and how far it has come."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulse_project.core.tail.cursors import Cursors, text_of
from pulse_project.core.tail.entries import Entry, Letter

PageReader = Callable[[Letter, int, int, int], list[Entry]]


def no_notice(_payload: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One key of one or two logs, as one caller sees it.

    `read(letter, after, upto, limit)` blocks (reader pool) and answers the rows of this feed with after < seq <= upto
    in order; fewer than `limit` means that there are no more. `shared(entry)` is the text that every subscriber of
    `name` receives (None: the row is not shown), made once per row; `visible(entry)` decides for this caller;
    `framed(cursor, shared)` completes it; `reset(reason, head)` tells the client to fetch anew and go on from `head`.
    """

    name: str
    keys: Mapping[Letter, str]
    read: PageReader
    shared: Callable[[Entry], str | None]
    visible: Callable[[Entry], bool]
    framed: Callable[[str, str], str]
    reset: Callable[[str, str], str]
    notice: Callable[[Mapping[str, Any]], str | None] = no_notice  # an ephemeral frame, without cursor


@dataclass(eq=False, slots=True)
class Subscription:
    """A feed on a stream. `sent` is what the client has; `tip` is what it will have when the queue is empty."""

    feed: Feed
    sent: Cursors
    tip: Cursors = field(default_factory=dict)
    is_stale: bool = True  # rows above `sent` must be read from the log
    pending: list[tuple[Letter, int]] = field(default_factory=list)  # what is left to read: log and upper end

    def __post_init__(self) -> None:
        self.tip = dict(self.sent)

    def wants(self, entry: Entry) -> bool:
        return not self.is_stale and entry.seq > self.tip[entry.log]

    def begin(self, positions: Cursors) -> None:
        """Plan the reading up to the hub's positions; rows above them arrive by the queue from now on."""
        self.is_stale = False
        self.pending = [(letter, upto) for letter, upto in positions.items() if self.sent[letter] < upto]
        self.tip = {letter: max(self.sent[letter], upto) for letter, upto in positions.items()}

    def fall_behind(self) -> None:
        self.is_stale = True
        self.pending = []

    def complete(self, entry: Entry, shared: str, progress: Cursors) -> str:
        """The frame of `entry`; `progress` moves to it, so that its cursor names everything sent before."""
        progress[entry.log] = entry.seq
        return self.feed.framed(text_of(progress), shared)
