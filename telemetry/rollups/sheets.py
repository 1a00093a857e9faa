"""Whole buckets with many events as this process remembers them: what their cells add up to, for as long as it is true.

The cells of a bucket change when an event is counted in it, and then the count of its events does; or when a recount
puts them right, and those repairs are numbered. A sheet whose two numbers are out of date is read anew. What an open
write transaction sees may be taken back, so nobody uses sheets inside one.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from threading import Lock
from typing import Any, Final

from pulse_project.core.statements import execute
from pulse_project.core.transactions import current_or_none, take_numbers
from telemetry.rollups import selections
from telemetry.rollups.contributions import PHASE_CLOSE, TASK_CLOSE, VERIFICATION
from telemetry.rollups.selections import Bucket
from telemetry.rollups.tables import DURATIONS, PHASES, VERIFICATIONS, Merge, Rollup

LEAST_EVENTS: Final = 400  # a sheet has a place for every key: of fewer events, the cells themselves are read faster
MOST_KEYS: Final = 4_096
MOST_PLACES: Final = 150_000  # in all sheets of a shelf
MOST_AT_FIRST: Final = 150  # sheets
REPAIRS: Final = "telemetry.repairs"  # a counter

Key = tuple[Any, ...]
Totals = dict[Key, Sequence[Any]]
Cells = Sequence[tuple[Key, Sequence[Any]]]
Version = tuple[int, int]  # repairs so far, and events in the bucket
Sheet = list[list[Any]]  # for each measure, its values by the places of the keys


class Shelf:
    """The sheets of one rollup by some of its keys; events of `types` make its cells, None = of any type."""

    def __init__(self, rollup: Rollup, group: tuple[str, ...], types: tuple[str, ...] | None) -> None:
        self.rollup = rollup
        self.group = group
        self.types = types
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        self.is_filled = False
        self._places: dict[Key, int] = {}
        self._sheets: OrderedDict[Bucket, tuple[Version, Sheet]] = OrderedDict()

    @property
    def is_open(self) -> bool:
        """Whether there are so few keys that every sheet can have a place for each."""
        return len(self._places) <= MOST_KEYS

    def fill(self, events: Mapping[Bucket, int]) -> None:
        """Read the latest of all buckets, which are given with their events: the first reading does it for all."""
        self.is_filled = True
        repairs = _repairs()
        latest = sorted(events, key=lambda bucket: bucket[2])[-MOST_AT_FIRST:]
        for bucket in latest:
            if self.is_open:
                self._sheet(bucket, (repairs, events[bucket]))

    def totals(self, many: Mapping[Bucket, int], few: Sequence[Bucket], others: Cells) -> Totals:
        """The cells of buckets with `many` events, given with their number, of those with `few`, and `others`."""
        repairs = _repairs()
        sheets = [self._sheet(bucket, (repairs, events)) for bucket, events in many.items()]
        if few:
            sheets.append(self._read(few))
        if others:
            keys, rows = zip(*others, strict=True)
            sheets.append(self._laid_out(keys, list(zip(*rows, strict=True))))
        measures, nothing = self.rollup.measures.values(), self.rollup.nothing
        columns = [
            list(map(merge.of_many, zip_longest(*values, fillvalue=absent)))
            for merge, absent, *values in zip(measures, nothing, *sheets, strict=True)
        ]
        found = zip(list(self._places), zip(*columns, strict=True), strict=False)  # others may add places meanwhile
        return {key: merged for key, merged in found if merged != nothing}

    def _sheet(self, bucket: Bucket, version: Version) -> Sheet:
        remembered = self._sheets.get(bucket)
        if remembered is None or remembered[0] != version:
            remembered = version, self._read([bucket])
        with self._lock:
            self._sheets[bucket] = remembered
            self._sheets.move_to_end(bucket)
            most = MOST_PLACES // max(1, len(self._places)) if self.is_open else 0
            while len(self._sheets) > most:
                self._sheets.popitem(last=False)
        return remembered[1]

    def _read(self, buckets: Sequence[Bucket]) -> Sheet:
        size = len(self.group)
        selection = selections.in_buckets(self.rollup, buckets)
        columns = selections.columns(selection, (*self.group, *self.rollup.measures), {})
        return self._laid_out(list(zip(*columns[:size], strict=True)), columns[size:])

    def _laid_out(self, keys: Sequence[Key], columns: Sequence[Sequence[Any]]) -> Sheet:
        """The measures of some cells by the places of their keys; those of one key are merged."""
        places, size = self._places_of(keys)
        sheet = [[absent] * size for absent in self.rollup.nothing]
        for merge, column, values in zip(self.rollup.measures.values(), sheet, columns, strict=True):
            _INTO[merge](column, places, values)
        return sheet

    def _places_of(self, keys: Sequence[Key]) -> tuple[list[int], int]:
        """The place of every key, new ones behind the others, and how many there are."""
        try:
            return list(map(self._places.__getitem__, keys)), len(self._places)
        except KeyError:
            with self._lock:
                return [self._places.setdefault(key, len(self._places)) for key in keys], len(self._places)


def _add(column: list[Any], places: Sequence[int], values: Sequence[Any]) -> None:
    for place, value in zip(places, values, strict=True):
        column[place] += value


def _raise(column: list[Any], places: Sequence[int], values: Sequence[Any]) -> None:
    for place, value in zip(places, values, strict=True):
        if value > column[place]:
            column[place] = value


def _lower(column: list[Any], places: Sequence[int], values: Sequence[Any]) -> None:
    for place, value in zip(places, values, strict=True):
        if value < column[place]:
            column[place] = value


_INTO: Final = {Merge.SUM: _add, Merge.MAX: _raise, Merge.MIN: _lower}  # inline: a call a value took twice as long

_shelves: Final = (
    Shelf(PHASES, ("phase_id",), (PHASE_CLOSE, TASK_CLOSE)),
    Shelf(VERIFICATIONS, ("target_id",), (VERIFICATION,)),
    Shelf(DURATIONS, ("type_id", "bin"), None),
)


def shelf_of(rollup: Rollup, group: Sequence[str], types: Sequence[str] | None) -> Shelf | None:
    """Where the sheets of a rollup are, if it has some that may be used here."""
    asked = (tuple(group), None if types is None else tuple(types))
    for shelf in _shelves:
        if shelf.rollup is rollup and (shelf.group, shelf.types) == asked:
            return shelf if shelf.is_open and current_or_none() is None else None
    return None


def repaired() -> None:
    """Note, inside the write transaction that does it, that cells are put right: no sheet of before is true."""
    take_numbers(REPAIRS, 1)


def forget() -> None:
    """Drop what this process remembers."""
    for shelf in _shelves:
        shelf.forget()


def _repairs() -> int:
    row = execute("SELECT head FROM core_logcounter WHERE name = %s", (REPAIRS,)).fetchone()
    return int(row[0]) if row else 0
