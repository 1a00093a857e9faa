"""Verification by the day as stamps spell it, against the hours and, where an hour's text cannot tell, the events.

The text of an hour is the first 13 characters of a stamp. It names the day if it holds a `T` or is all there was;
of longer spellings without `T`, and of stamps without bucket, only the event itself knows the day.
"""

from typing import Any, Final

from pulse_project.core.statements import execute
from telemetry import labels
from telemetry.instants import HOUR_US, Level
from telemetry.recount.findings import Difference, Findings, Floors, compared, stored_cells
from telemetry.rollups.contributions import VERIFICATION, Cells, Row, merge
from telemetry.rollups.edges import EVENTS, cells_of, rows_of
from telemetry.rollups.tables import VERIFICATION_DAYS, VERIFICATIONS

PREFIX: Final = int(Level.HOUR)

_OF_HOUR = f"{EVENTS} WHERE ts_us >= %s AND ts_us < %s AND +type_id = %s"


def check(findings: Findings) -> None:
    """Compare every day."""
    findings.check(_look)


def day_of(text: str) -> str | None:
    """The day that an hour's text names; None when it cannot tell."""
    if "T" in text:
        return text.partition("T")[0]
    return text if 0 < len(text) < PREFIX else None


def _look() -> tuple[int, list[Difference]]:
    expected: Cells = {}
    vague: set[tuple[str, int]] = set()
    for (_, text, hour, *keys), measures in stored_cells(VERIFICATIONS, "level = %s", (PREFIX,)).items():
        day = day_of(text)
        if day is None:
            vague.add((text, hour))
        else:
            merge(VERIFICATION_DAYS, expected, (day, *keys), measures[:2])
    floor = Floors().of(VERIFICATIONS)(())
    _add_events(expected, {hour for _, hour in vague if hour >= floor})
    stored = stored_cells(VERIFICATION_DAYS, "1 = 1", ())
    lost = {text for text, hour in vague if hour < floor}
    return len(stored), [
        difference
        for difference in compared(VERIFICATION_DAYS, stored, expected)
        if not (_is_touched(difference.key[0], lost) and _is_no_less(difference))
    ]


def _add_events(expected: Cells, hours: set[int]) -> None:
    """What the events add whose hour's text does not tell the day."""
    named = labels.known(VERIFICATION)
    if named is None:
        return
    for hour in sorted(hours):
        rows = rows_of(execute(_OF_HOUR, (hour * HOUR_US, (hour + 1) * HOUR_US, named.id)).fetchall())
        found = cells_of([row for row in rows if day_of(_text(row)) is None])
        for key, measures in found[VERIFICATION_DAYS].items():
            merge(VERIFICATION_DAYS, expected, key, measures)


def _text(row: Row) -> str:
    return "" if row.is_bucketless else row.event_ts[:PREFIX]


def _is_touched(day: str, lost: set[str]) -> bool:
    """Whether runs of that day may be among those whose events retention has deleted."""
    return "" in lost or (len(day) >= PREFIX and day[:PREFIX] in lost)


def _is_no_less(difference: Difference) -> bool:
    """Whether the day holds at least what is still known of it."""
    stored: Any = difference.stored
    return stored is not None and all(a >= b for a, b in zip(stored, difference.expected or (0, 0), strict=True))
