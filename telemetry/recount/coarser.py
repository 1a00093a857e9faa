"""Days, tens of days, months and years against the hours that they consist of, a year at a time."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from pulse_project.core import db
from pulse_project.core.statements import execute
from telemetry.instants import Level, next_start, starts_of
from telemetry.recount.findings import Difference, Findings, compared, stored_cells
from telemetry.rollups.contributions import Cells, every_level
from telemetry.rollups.tables import BUCKETED, Rollup

LAST_HOUR: Final = 24 * 365 * 8000  # what lies beyond names no calendar day, so no event made it

_SPAN = "level {} %s AND utc >= %s AND utc < %s"
_HOURS, _COARSER = _SPAN.format("="), _SPAN.format("<")


def check(findings: Findings) -> None:
    """Compare every coarser cell with the sum of its hours. Floors do not matter: hours outlive their events."""
    for rollup in BUCKETED:
        for first, end in _years(rollup):
            findings.check(partial(_look, rollup, first, end))


def _look(rollup: Rollup, first: int, end: int) -> tuple[int, list[Difference]]:
    hours = stored_cells(rollup, _HOURS, (int(Level.HOUR), first, end))
    stored = stored_cells(rollup, _COARSER, (int(Level.HOUR), first, end))
    return len(stored), compared(rollup, stored, _expected(rollup, hours))


def _expected(rollup: Rollup, hours: Cells) -> Cells:
    every = every_level(rollup, {key[1:]: measures for key, measures in hours.items()})
    return {key: measures for key, measures in every.items() if key[0] != Level.HOUR}


def _years(rollup: Rollup) -> Iterator[tuple[int, int]]:
    """First hour of every year in which the table has a cell, and of the following one."""
    with db.read_tx():
        row = execute(f"SELECT min(utc), max(utc) FROM {rollup.table} WHERE utc >= 0 AND utc < %s", (LAST_HOUR,))  # noqa: S608
        first, last = row.fetchone()
    if first is None:
        return
    start = starts_of(first)[0]
    while start <= last:
        end = next_start(Level.YEAR, start)
        yield start, end
        start = end
