"""Figures of a window: whole buckets from the rollups, parts of hours from the events themselves, merged exactly."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pulse_project.core.statements import execute
from telemetry import labels
from telemetry.instants import LEVELS, Level, starts_of
from telemetry.rollups.edges import Edges
from telemetry.rollups.tables import COUNTS, Merge, Rollup
from telemetry.rollups.windows import Cover, Range, Window

Totals = dict[tuple[Any, ...], list[Any]]


class Reading:
    """One caller's look at a window, in one read transaction. `types` are those whose events may matter; None = all."""

    def __init__(self, window: Window, *, types: Sequence[str] | None = None, source: str | None = None) -> None:
        self.window = window
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
        where = {} if self._source is None else {"source_id": self._source.counted_id}
        if self.is_empty:
            return {}
        return self._of_ranges(self.touched(), COUNTS, ["type_id"], where)

    def touched(self) -> list[Range]:
        """The buckets that make up the window, and the hours of which a part does."""
        edges = [span for boundary in self.cover.boundaries for span in boundary.hours()]
        return [*self.cover.ranges, *edges]

    def totals(self, rollup: Rollup, group: Sequence[str], **where: int) -> Totals:
        """The measures of `rollup` by the given keys, of rows whose keys equal `where`."""
        if self.is_empty:
            return {}
        if self._source is not None:
            where["source_id"] = self._source.counted_id
        found = self._of_ranges(self.cover.ranges, rollup, group, where)
        for key, measures in self._edges(rollup, group, where):
            self._merge(found, rollup, key, measures)
        return found

    def series(self, rollup: Rollup, group: Sequence[str], level: Level, **where: int) -> Totals:
        """The same per day or hour (`level`) of a UTC window: keys are preceded by the bucket's first hour."""
        if self.is_empty:
            return {}
        if self._source is not None:
            where["source_id"] = self._source.counted_id
        found: Totals = {}
        spans = [
            Range("level = %s AND utc >= %s AND utc < %s", (int(width), first, last))
            for width, first, last in self.cover.stretches(level)
        ]
        for key, measures in self._of_ranges(spans, rollup, ("utc", *group), where).items():
            self._merge(found, rollup, (starts_of(key[0])[LEVELS.index(level)], *key[1:]), measures)
        for key, measures in self._edges(rollup, ("hour", *group), where):
            self._merge(found, rollup, (starts_of(key[0])[LEVELS.index(level)], *key[1:]), measures)
        return found

    def within(self, span: Range, rollup: Rollup, group: Sequence[str], **where: int) -> Totals:
        """The measures of one range of whole buckets, whatever the window."""
        if self._source is not None:
            where["source_id"] = self._source.counted_id
        return self._of_ranges([span], rollup, group, where)

    def _of_ranges(
        self, ranges: Sequence[Range], rollup: Rollup, group: Sequence[str], where: Mapping[str, int]
    ) -> Totals:
        if not ranges:
            return {}
        condition, values = _equal(where)
        if rollup is COUNTS and self._types is not None:
            condition += f" AND type_id IN ({', '.join(['%s'] * len(self._types)) or 'NULL'})"
            values = [*values, *(label.counted_id for label in self._types)]
        parts, parameters = [], []
        names = ", ".join((*group, *rollup.measures))
        for span in ranges:
            parts.append(f"SELECT {names} FROM {rollup.table} WHERE {span.condition}{condition}")  # noqa: S608
            parameters += [*span.values, *values]
        merged = ", ".join(_aggregate(name, merge) for name, merge in rollup.measures.items())
        keys = ", ".join(group)
        selected = f"{keys}, {merged}" if keys else merged
        statement = f"SELECT {selected} FROM ({' UNION ALL '.join(parts)}) AS part"  # noqa: S608 - names from the code
        rows = execute(statement + (f" GROUP BY {keys}" if keys else ""), parameters).fetchall()
        size = len(group)
        return {row[:size]: list(row[size:]) for row in rows if row[size] is not None}

    def edges(self, rollup: Rollup, group: Sequence[str], **where: int) -> list[tuple[tuple[Any, ...], list[Any]]]:
        """What the events of partial hours add; `group` may name `text` and `hour` besides the rollup's keys."""
        if self._source is not None:
            where["source_id"] = self._source.counted_id
        return self._edges(rollup, group, where)

    def _edges(
        self, rollup: Rollup, group: Sequence[str], where: Mapping[str, int]
    ) -> list[tuple[tuple[Any, ...], list[Any]]]:
        keys = ("day", *rollup.keys) if rollup.prefix == ("day",) else ("text", "hour", *rollup.keys)
        picked = [keys.index(name) for name in group]
        tested = [(keys.index(name), value) for name, value in where.items()]
        return [
            (tuple(key[index] for index in picked), measures)
            for key, measures in self._edge.cells(rollup).items()
            if all(key[index] == value for index, value in tested)
        ]

    @staticmethod
    def _merge(found: Totals, rollup: Rollup, key: tuple[Any, ...], measures: Sequence[Any]) -> None:
        cell = found.get(key)
        if cell is None:
            found[key] = list(measures)
        else:
            cell[:] = [merge(a, b) for merge, a, b in zip(rollup.merges, cell, measures, strict=True)]


def _equal(where: Mapping[str, int]) -> tuple[str, list[Any]]:
    return "".join(f" AND {name} = %s" for name in where), list(where.values())


def _aggregate(name: str, merge: Merge) -> str:
    """PostgreSQL adds up bigints to a numeric, which is no number of Python's."""
    return f"CAST(sum({name}) AS bigint)" if merge is Merge.SUM else f"{merge.value}({name})"
