"""Blocking reads of the hub and its streams; everything here runs on the reader pool."""

from collections.abc import Collection
from dataclasses import dataclass

from pulse_project.core.tail.cursors import Cursors
from pulse_project.core.tail.entries import Entry, Letter, source_of, sources
from pulse_project.core.tail.feeds import Feed

PAGE = 500


class CursorLostError(Exception):
    """Rows between a cursor and the log are gone; `reason` is `pruned` or `rewound`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one log; `head` is set when the log ends below the position asked for."""

    letter: Letter
    rows: list[Entry]
    head: int | None = None


def heads(known: Collection[Letter]) -> Cursors:
    """The heads of the logs that the caller does not know yet."""
    return {source.letter: source.head() for source in sources() if source.letter not in known}


def pages_after(positions: Cursors) -> list[Page]:
    """The next page of every log."""
    pages = []
    for letter, position in positions.items():
        source = source_of(letter)
        rows = source.read_after(position, PAGE)
        head = None if rows else source.head()
        pages.append(Page(letter, rows, head if head is not None and head < position else None))
    return pages


def page_of(feed: Feed, letter: Letter, after: int, upto: int) -> list[Entry]:
    """A page of one feed. Raises CursorLostError when retention has passed `after`."""
    rows = feed.read(letter, after, upto, PAGE)
    if source_of(letter).floor() > after:
        raise CursorLostError("pruned")
    return rows


def is_ahead(after: Cursors) -> bool:
    """Whether a cursor names a seq that its log has never given out."""
    return any(source_of(letter).head() < seq for letter, seq in after.items())
