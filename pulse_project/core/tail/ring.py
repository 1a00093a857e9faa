"""The newest rows of one log, bounded by number and weight."""

from collections import deque
from collections.abc import Callable, Collection

from pulse_project.core.tail.entries import Entry, shares_key

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

    def has(self, *, after: int, keys: Collection[str], match: Callable[[Entry], bool]) -> bool:
        """Whether a row above `after` shares a key and matches; looks at the newest rows first."""
        for entry in reversed(self.rows):
            if entry.seq <= after:
                return False
            if shares_key(entry, keys) and match(entry):
                return True
        return False
