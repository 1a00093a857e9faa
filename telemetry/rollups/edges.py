"""The parts of hours at the ends of a window, computed from their events as ingest would have added them."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pulse_project.core.statements import execute
from telemetry import labels
from telemetry.instants import HOUR_US, hour_of
from telemetry.labels import Named
from telemetry.models import Stamp
from telemetry.rollups.contributions import Cells, Row, hour_cells, names_in
from telemetry.rollups.tables import COUNTS, DURATIONS, Rollup
from telemetry.rollups.windows import Boundary

_IN_BUCKET = f" AND (stamp & {int(Stamp.BUCKETLESS)}) = 0 AND substr(event_ts, 1, 13) = %s AND event_ts >= %s"
_LASTING = " AND payload LIKE '%%\"duration_ms\"%%'"  # a key of canonical JSON is spelled in one way only
_COUNTED = "SELECT type_id, source_id, version, count(*) FROM telemetry_event"
EVENTS = "SELECT id, type_id, source_id, version, event_ts, ts_us, stamp, payload FROM telemetry_event"

Span = tuple[int, int]


class Edges:
    """Cells of the events at the boundaries of a window, keyed as `contributions.hour_cells` does."""

    def __init__(self, boundaries: Sequence[Boundary], types: Sequence[Named] | None) -> None:
        self._boundaries = boundaries
        self._types = types

    def cells(self, rollup: Rollup) -> Cells:
        """The cells of one rollup; counting needs no payload and happens in the database."""
        if not self._boundaries:
            return {}
        if rollup is COUNTS and "_of_events" not in self.__dict__:  # else they are counted already
            return self._counts
        return self._of_lasting_events[rollup] if rollup is DURATIONS else self._of_events[rollup]

    @cached_property
    def _counts(self) -> Cells:
        found: Cells = {}
        for boundary in self._boundaries:
            for span in _spans(boundary):
                statement, values = self._where(_COUNTED, boundary, span)
                rows = execute(f"{statement} GROUP BY type_id, source_id, version", values).fetchall()
                texts = labels.texts_of({row[0] for row in rows} | {row[1] for row in rows})
                for type_id, source_id, version, number in rows:
                    place = (boundary.text, hour_of(span[0]))
                    key = (*place, _counted(texts[type_id]), _counted(texts[source_id]), version)
                    found.setdefault(key, [0])[0] += number
        return found

    @cached_property
    def _of_events(self) -> Mapping[Rollup, Cells]:
        return cells_of(self._rows(""))

    @cached_property
    def _of_lasting_events(self) -> Mapping[Rollup, Cells]:
        """Of events that may have a duration: of any type, but mostly few of them."""
        return cells_of(self._rows(_LASTING))

    def _rows(self, condition: str) -> list[Row]:
        found: list[Sequence[Any]] = []
        for boundary in self._boundaries:
            for span in _spans(boundary):
                statement, values = self._where(EVENTS, boundary, span)
                found += execute(statement + condition, values).fetchall()
        return rows_of(found)

    def _where(self, statement: str, boundary: Boundary, span: Span) -> tuple[str, list[Any]]:
        """The events of the part that lie in `span`. `+` keeps SQLite from walking all events of a type instead."""
        statement += " WHERE ts_us >= %s AND ts_us < %s"
        values: list[Any] = [*span]
        if boundary.text:
            statement += _IN_BUCKET
            values += [boundary.text, boundary.since]
        if self._types is not None:
            statement += f" AND +type_id IN ({', '.join(['%s'] * len(self._types)) or 'NULL'})"
            values += [label.id for label in self._types]
        return statement, values


def rows_of(found: Sequence[Sequence[Any]]) -> list[Row]:
    """Rows of `EVENTS` as rollups see them."""
    texts = labels.texts_of({row[1] for row in found} | {row[2] for row in found})
    return [_row(row, texts) for row in found]


def cells_of(rows: Sequence[Row]) -> dict[Rollup, Cells]:
    """What stored events add to each rollup."""
    names = {name for row in rows if (name := names_in(row.event_type, row.version, row.payload)) is not None}
    return hour_cells(rows, {name: found for name in names if (found := labels.known(name))})


def _spans(boundary: Boundary) -> list[Span]:
    """The instants between which the part lies; stamps of one hour's text may be of several hours in UTC."""
    if not boundary.text:
        return [(boundary.start_us, boundary.end_us)]
    hours = execute("SELECT DISTINCT utc FROM telemetry_count WHERE level = 13 AND text = %s", (boundary.text,))
    return [(hour * HOUR_US, (hour + 1) * HOUR_US) for (hour,) in hours.fetchall()]


def _row(row: Sequence[Any], texts: Mapping[int, str]) -> Row:
    number, type_id, source_id, version, event_ts, ts_us, stamp, payload = row
    return Row(
        number, texts[type_id], _counted(texts[type_id]), _counted(texts[source_id]), version, event_ts, ts_us,
        bool(stamp & Stamp.BUCKETLESS), json.loads(payload),
    )  # fmt: skip


def _counted(text: str) -> int:
    found = labels.known(text)
    return found.counted_id if found else 0
