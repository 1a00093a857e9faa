"""Figures of a window: whole buckets from the rollups, parts of hours from the events themselves, merged exactly."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from telemetry import labels
from telemetry.instants import LEVELS, Level, starts_of
from telemetry.rollups import selections, sheets
from telemetry.rollups.edges import Edges
from telemetry.rollups.selections import Bucket, Selection
from telemetry.rollups.sheets import Shelf
from telemetry.rollups.tables import BUCKET, COUNTS, VERIFICATION_DAYS, Rollup
from telemetry.rollups.windows import Cover, Range, Window

Totals = dict[tuple[Any, ...], Sequence[Any]]
Edge = tuple[tuple[Any, ...], list[Any]]
Columns = tuple[list[int], ...]
EVERY_WIDE: Final = [Range(level, -(2**31), 2**31 - 1) for level in LEVELS if level is not Level.HOUR]


class Reading:
    """One caller's look at a window, in one read transaction. `types` are those whose events may matter; None = all."""

    def __init__(self, window: Window, *, types: Sequence[str] | None = None, source: str | None = None) -> None:
        self.window = window
        self._asked_types = types
        self._types = None if types is None else [found for text in types if (found := labels.known(text))]
        self._source = labels.known(source) if source else None
        self.is_empty = bool(source) and self._source is None

    @cached_property
    def cover(self) -> Cover:
        return self.window.cover()

    @cached_property
    def _edge(self) -> Edges:
        return Edges(self.cover.boundaries, self._types)

    def counts(self, group: Sequence[str], **where: int) -> Totals:
        """Events by the given keys of the count rollup, of this reading's types only."""
        return self.totals(COUNTS, group, **where)

    def rough_counts(self) -> Totals:
        """Events by type of every bucket that the window touches: an upper bound that reads no event."""
        return {} if self.is_empty else self._of_ranges(self.touched(), COUNTS, ["type_id"], self._narrowed({}))

    def touched(self) -> list[Range]:
        """The buckets that make up the window, and the hours of which a part does."""
        edges = [span for boundary in self.cover.boundaries for span in boundary.hours()]
        return [*self.cover.ranges, *edges]

    def totals(self, rollup: Rollup, group: Sequence[str], **where: int) -> Totals:
        """The measures of `rollup` by the given keys, of rows whose keys equal `where`."""
        if self.is_empty:
            return {}
        where = self._narrowed(where)
        shelf = None if where else sheets.shelf_of(rollup, group, self._asked_types)
        if shelf is not None and (found := self._of_shelf(shelf)):
            return found
        found = self._of_ranges(self.cover.ranges, rollup, group, where)
        for key, measures in self._edges(rollup, group, where):
            _merge(found, rollup, key, measures)
        return found

    def _of_shelf(self, shelf: Shelf) -> Totals:
        """Sheets of the buckets with many events, the cells of the others and the edges; nothing if none has many."""
        many, few = self._buckets(self.cover.ranges)
        if not many:
            return {}
        if not shelf.is_filled:
            shelf.fill(self._buckets(EVERY_WIDE)[0])
        return shelf.totals(many, few, self._edges(shelf.rollup, shelf.group, {}))

    def _buckets(self, ranges: Sequence[Range]) -> tuple[dict[Bucket, int], list[Bucket]]:
        """The wide buckets of some ranges that have many events, with their number; and all the others."""
        many: dict[Bucket, int] = {}
        few: list[Bucket] = []
        for (level, text, hour), (events,) in self._of_ranges(ranges, COUNTS, BUCKET, {}).items():
            if events >= sheets.LEAST_EVENTS and level != Level.HOUR:
                many[level, text, hour] = events
            else:
                few.append((level, text, hour))
        return many, few

    def series(self, rollup: Rollup, group: Sequence[str], level: Level, **where: int) -> Totals:
        """The same per day or hour (`level`) of a UTC window: keys are preceded by the bucket's first hour."""
        if self.is_empty:
            return {}
        where, place = self._narrowed(where), LEVELS.index(level)
        found: Totals = {}
        whole = self._of_ranges(self.cover.stretches(level), rollup, ("utc", *group), where)
        for key, measures in [*whole.items(), *self._edges(rollup, ("hour", *group), where)]:
            _merge(found, rollup, (starts_of(key[0])[place], *key[1:]), measures)
        return found

    def counts_by_hour(self, key: str, level: Level) -> Columns:
        """Hours, keys and numbers of all counts of a UTC window, in no order; the hours lie in buckets of `level`."""
        found: Columns = ([], [], [])
        if self.is_empty:
            return found
        where = self._narrowed({})
        if ranges := self.cover.stretches(level):
            found = selections.columns(self._selection(COUNTS, ranges), ("utc", key, "n"), where)
        for cell in self._edges(COUNTS, ("hour", key), where):
            for column, value in zip(found, (*cell[0], *cell[1]), strict=True):
                column.append(value)
        return found

    def within(self, span: Range, rollup: Rollup, group: Sequence[str], **where: int) -> Totals:
        """The measures of one range of whole buckets, whatever the window."""
        return self._of_ranges([span], rollup, group, self._narrowed(where))

    def days(self, condition: str, values: Sequence[Any], **where: int) -> Totals:
        """Runs and passes of verifications by the day as stamps spell it, of the days that meet a condition."""
        selection = f"{VERIFICATION_DAYS.table} AS cell WHERE cell.day {condition}", list(values)
        return _by_key(selections.grouped(VERIFICATION_DAYS, selection, ["day"], self._narrowed(where)), 1)

    def edges(self, rollup: Rollup, group: Sequence[str], **where: int) -> list[Edge]:
        """What the events of partial hours add; `group` may name `text` and `hour` besides the rollup's keys."""
        return self._edges(rollup, group, self._narrowed(where))

    def _narrowed(self, where: dict[str, int]) -> dict[str, int]:
        return where if self._source is None else {**where, "source_id": self._source.counted_id}

    def _of_ranges(
        self, ranges: Sequence[Range], rollup: Rollup, group: Sequence[str], where: Mapping[str, int]
    ) -> Totals:
        if not ranges:
            return {}
        return _by_key(selections.grouped(rollup, self._selection(rollup, ranges), group, where), len(group))

    def _selection(self, rollup: Rollup, ranges: Sequence[Range]) -> Selection:
        found, values = selections.in_ranges(rollup, ranges)
        if rollup is COUNTS and self._types is not None:
            found += f" AND cell.type_id IN ({', '.join(['%s'] * len(self._types)) or 'NULL'})"
            values += [label.counted_id for label in self._types]
        return found, values

    def _edges(self, rollup: Rollup, group: Sequence[str], where: Mapping[str, int]) -> list[Edge]:
        keys = ("text", "hour", *rollup.keys)
        picked = [keys.index(name) for name in group]
        tested = [(keys.index(name), value) for name, value in where.items()]
        return [
            (tuple(key[index] for index in picked), measures)
            for key, measures in self._edge.cells(rollup).items()
            if all(key[index] == value for index, value in tested)
        ]


def _by_key(rows: Sequence[tuple[Any, ...]], size: int) -> Totals:
    """Rows that begin with a key of `size` columns."""
    return {row[:size]: row[size:] for row in rows}


def _merge(found: Totals, rollup: Rollup, key: tuple[Any, ...], measures: Sequence[Any]) -> None:
    cell = found.get(key)
    if cell is None:
        found[key] = measures
    else:
        found[key] = [merge(a, b) for merge, a, b in zip(rollup.merges, cell, measures, strict=True)]
