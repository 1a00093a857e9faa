"""A row of a log as the hub sees it, and the sources it reads rows from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Letter = Literal["n", "d"]  # n: the bus's event log, d: the domain log

LETTERS: tuple[Letter, ...] = ("n", "d")
LOG_NAMES: Mapping[Letter, str] = {"n": "nexus", "d": "domain"}  # names of the counters


@dataclass(frozen=True, slots=True)
class Entry:
    """One committed row. `keys` name who may care; `row` is the source's own record; `size` is its weight in bytes."""

    log: Letter
    seq: int
    type: str
    keys: frozenset[str]
    row: Any
    size: int = 512


class Source(Protocol):
    """One append-only log. All methods block and run on the reader pool."""

    letter: Letter

    def head(self) -> int:
        """The highest committed seq, 0 for an empty log that never had a row."""
        ...

    def floor(self) -> int:
        """The highest seq that retention has deleted: cursors below it have missed rows."""
        ...

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        """Up to `limit` rows above `seq`, ordered, without gaps other than the log's own."""
        ...


_sources: dict[Letter, Source] = {}


def register_source(source: Source) -> None:
    """Make a log known to every hub of this process; called while apps load. The last registration of a letter wins."""
    _sources[source.letter] = source


def sources() -> tuple[Source, ...]:
    return tuple(_sources.values())


def source_of(letter: Letter) -> Source:
    return _sources[letter]


def shares_key(entry: Entry, keys: Collection[str]) -> bool:
    return not entry.keys.isdisjoint(keys)
