"""Blocking reads of the hub and its streams; everything here runs on the reader pool."""

from collections.abc import Collection
from dataclasses import dataclass

from pulse_project.core import rewinds
from pulse_project.core.statements import execute
from pulse_project.core.tail.cursors import Cursors
from pulse_project.core.tail.entries import LOG_NAMES, Entry, Letter, Source, source_of, sources
from pulse_project.core.tail.feeds import Feed

PAGE = 500


class CursorLostError(Exception):
    """Rows between a cursor and the log are gone; `reason` is `pruned` or `rewound`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one log; `head` is set when the store went back and the log goes on from there."""

    letter: Letter
    rows: list[Entry]
    head: int | None = None


def heads(known: Collection[Letter]) -> Cursors:
    """The heads of the logs that the caller does not know yet."""
    return {source.letter: source.head() for source in sources() if source.letter not in known}


def pages_after(positions: Cursors) -> list[Page]:
    """The next page of every log that stands elsewhere than its position: most changes of a store are none of a log."""
    stand = dict(execute("SELECT name, head FROM core_logcounter").fetchall())
    pages = []
    for letter, position in positions.items():
        if stand.get(LOG_NAMES[letter], 0) == position:
            continue
        source = source_of(letter)
        rows = source.read_after(position, PAGE)
        pages.append(Page(letter, rows, _new_start(source, position, rows)))
    return pages


def _new_start(source: Source, position: int, rows: list[Entry]) -> int | None:
    """Where to go on when `position` is of a history that the store lost; None while all is well."""
    if rows and rows[0].seq == position + 1:
        return None
    head = rows[-1].seq if rows else source.head()
    if head > position:
        return rewinds.end_of(LOG_NAMES[source.letter], position)
    return head if head < position else None


def page_of(feed: Feed, letter: Letter, after: int, upto: int) -> list[Entry]:
    """A page of one feed. Raises CursorLostError when retention has passed `after` or the store has lost it."""
    if rewinds.end_of(LOG_NAMES[letter], after) is not None:
        raise CursorLostError("rewound")
    rows = feed.read(letter, after, upto, PAGE)
    if source_of(letter).floor() > after:
        raise CursorLostError("pruned")
    return rows


def is_ahead(after: Cursors) -> bool:
    """Whether a cursor names a seq that its log has never given out."""
    return any(source_of(letter).head() < seq for letter, seq in after.items())
