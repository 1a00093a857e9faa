"""Zones of numbers against the instants of their events: bounds that may be wider than need be, never narrower."""

from typing import Final

from pulse_project.core import db
from pulse_project.core.pools import progressed
from pulse_project.core.statements import execute
from telemetry.recount.findings import Difference, Findings, stored_cells
from telemetry.rollups.contributions import Cells
from telemetry.rollups.tables import ZONE_NUMBERS, ZONES

ZONES_AT_ONCE: Final = 8

_HEAD = "SELECT max(id) FROM telemetry_event"
_INSTANTS = "SELECT min(ts_us), max(ts_us) FROM telemetry_event WHERE id >= %s AND id < %s"


def check(findings: Findings) -> None:
    """Compare every zone."""
    with db.read_tx():
        last = (execute(_HEAD).fetchone()[0] or 0) // ZONE_NUMBERS
    for first in range(0, last + 1, ZONES_AT_ONCE):
        findings.check(lambda first=first: _look(range(first, first + ZONES_AT_ONCE)))  # type: ignore[misc]
        progressed()


def _look(zones: range) -> tuple[int, list[Difference]]:
    stored = stored_cells(ZONES, "zone >= %s AND zone < %s", (zones.start, zones.stop))
    found = []
    for key, expected in _expected(zones).items():
        bounds = stored.get(key)
        if bounds is None or bounds[0] > expected[0] or bounds[1] < expected[1]:
            found.append(Difference(ZONES, key, bounds, expected))
    return len(stored), found


def _expected(zones: range) -> Cells:
    found: Cells = {}
    for zone in zones:
        row = execute(_INSTANTS, (zone * ZONE_NUMBERS, (zone + 1) * ZONE_NUMBERS)).fetchone()
        if row[0] is not None:
            found[zone,] = list(row)
    return found
