"""Hour cells against the events themselves, some hours at a time.

The events up to a number are read in pages of their own. What came later is read together with the cells, in one
snapshot, so that ingest and retention go on meanwhile.
"""

from collections.abc import Iterator
from typing import Any, Final

from pulse_project.core import db
from pulse_project.core.pools import progressed
from pulse_project.core.statements import execute
from telemetry.instants import HOUR_US, Level
from telemetry.recount.findings import Difference, Findings, Floors, above, compared, stored_cells
from telemetry.rollups.contributions import Cells, merge
from telemetry.rollups.edges import EVENTS, cells_of, rows_of
from telemetry.rollups.tables import BUCKETED, Rollup

PAGE_ROWS: Final = 2_000
MOST_EVENTS: Final = 50_000  # of one stretch, unless a single hour has more
MOST_HOURS: Final = 31 * 24

_PAGE = (
    f"{EVENTS} WHERE ts_us >= %s AND ts_us < %s AND (ts_us > %s OR id > %s) AND id <= %s ORDER BY ts_us, id LIMIT %s"
)
_REST = f"{EVENTS} WHERE ts_us >= %s AND ts_us < %s AND id > %s"
_HEAD = "SELECT max(id) FROM telemetry_event"
_COUNTS = "SELECT utc, sum(n) FROM telemetry_count WHERE level = 13 GROUP BY utc ORDER BY utc"
_INSTANTS = "SELECT min(ts_us), max(ts_us) FROM telemetry_event"


class Stretch:
    """Adjacent hours from `first` to before `end`, and what their events add up to as far as they have been read."""

    def __init__(self, first: int, end: int) -> None:
        self._hours = (first, end)
        self._span = (first * HOUR_US, end * HOUR_US)
        self._head = 0
        self._expected: dict[Rollup, Cells] = {rollup: {} for rollup in BUCKETED}
        self.events = 0

    def read(self) -> None:
        """Read the events that there are now, page by page."""
        with db.read_tx():
            self._head = execute(_HEAD).fetchone()[0] or 0
        at_us, number = self._span[0], 0
        while True:
            with db.read_tx():
                values = (at_us, self._span[1], at_us, number, self._head, PAGE_ROWS)
                rows = execute(_PAGE, values).fetchall()
                self._add(rows)
            progressed()
            if len(rows) < PAGE_ROWS:
                return
            number, at_us = rows[-1][0], rows[-1][5]

    def look(self) -> tuple[int, list[Difference]]:
        """Compare with the cells, in one transaction."""
        rest = execute(_REST, (*self._span, self._head)).fetchall()
        self._add(rest)
        self._head = max([self._head, *(row[0] for row in rest)])
        floors, cells = Floors(), 0
        found: list[Difference] = []
        for rollup in BUCKETED:
            floor_of = floors.of(rollup)
            condition = "level = %s AND utc >= %s AND utc < %s"
            stored = above(floor_of, stored_cells(rollup, condition, (int(Level.HOUR), *self._hours)))
            found += compared(rollup, stored, above(floor_of, self._expected[rollup]))
            cells += len(stored)
        return cells, found

    def _add(self, rows: list[Any]) -> None:
        self.events += len(rows)
        found = cells_of(rows_of(rows))
        for rollup in BUCKETED:
            for key, measures in found[rollup].items():
                merge(rollup, self._expected[rollup], (int(Level.HOUR), *key), measures)


def check(findings: Findings) -> None:
    """Recount every hour in which there is an event or a cell."""
    for first, end in _stretches():
        stretch = Stretch(first, end)
        stretch.read()
        findings.check(stretch.look)
        findings.events += stretch.events


def _stretches() -> Iterator[tuple[int, int]]:
    """Spans of hours without gap between them, each with a bounded number of events."""
    with db.read_tx():
        hours = _hours()
        counts = [(int(hour), int(number)) for hour, number in execute(_COUNTS).fetchall()]
    if not hours:
        return
    first, total = min(hours), 0
    for hour, number in counts:
        if hour > first and (total + number > MOST_EVENTS or hour - first >= MOST_HOURS):
            yield first, hour
            first, total = hour, 0
        total += number
    yield first, max(hours) + 1


def _hours() -> list[int]:
    """The earliest and the latest hour of the events and of every table."""
    found = [us // HOUR_US for us in execute(_INSTANTS).fetchone() if us is not None]
    for rollup in BUCKETED:
        row = execute(f"SELECT min(utc), max(utc) FROM {rollup.table} WHERE level = 13").fetchone()  # noqa: S608
        found += [hour for hour in row if hour is not None]
    return found
