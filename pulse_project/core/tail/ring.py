"""The newest rows of one log, bounded by number and weight."""

from collections import deque
from collections.abc import Callable, Collection, Iterator

from pulse_project.core.tail.entries import Entry, shares_key

Match = Callable[[Entry], bool]

MAX_ROWS = 5_000
MAX_BYTES = 16 * 1024 * 1024


class Ring:
    """Rows above `low` and up to `position`, in order. What is pushed out is read from the log again when needed."""

    __slots__ = ("bytes", "low", "position", "rows")

    def __init__(self, position: int) -> None:
        self.low = position
        self.position = position
        self.rows: deque[Entry] = deque()
        self.bytes = 0

    def push(self, entry: Entry) -> None:
        self.rows.append(entry)
        self.bytes += entry.size
        self.position = entry.seq
        while len(self.rows) > MAX_ROWS or self.bytes > MAX_BYTES:
            gone = self.rows.popleft()
            self.bytes -= gone.size
            self.low = gone.seq

    def covers(self, after: int) -> bool:
        """Whether every row above `after` that the hub has seen is still here."""
        return after >= self.low

    def has(self, *, after: int, keys: Collection[str], match: Match) -> bool:
        """Whether a row above `after` shares a key and matches."""
        return next(self._above(after, keys, match), None) is not None

    def since(self, *, after: int, keys: Collection[str], match: Match) -> list[Entry]:
        """The rows above `after` that share a key and match, in order."""
        return list(self._above(after, keys, match))[::-1]

    def _above(self, after: int, keys: Collection[str], match: Match) -> Iterator[Entry]:
        """Newest first, because few rows are above a cursor that waits."""
        for entry in reversed(self.rows):
            if entry.seq <= after:
                return
            if shares_key(entry, keys) and match(entry):
                yield entry
