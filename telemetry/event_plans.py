"""How to reach the events of a window without passing over many others: by instant if few lie apart, else by receipt.

Receipt and stamp mostly agree, but nothing says that they must. Per 4,096 numbers a zone keeps the earliest and latest
instant in it, so that a read by receipt visits only the stretches of numbers in which something of the window can lie.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pulse_project.core.statements import execute
from telemetry.instants import HOUR_US
from telemetry.rollups import selections
from telemetry.rollups.reading import Reading
from telemetry.rollups.tables import ZONE_NUMBERS
from telemetry.rollups.windows import Window

VERY_FEW: Final = 500  # events of a window that are always fetched by their instants and sorted: below a millisecond
FEW: Final = (
    5_000  # those that are when they lie scattered over more numbers than they are, the zones at both ends aside
)
MOST_ENDS: Final = 2
MOST_SPANS: Final = 10
END: Final = 2**62

Span = tuple[int, int]  # first, and first beyond


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the events lie: spans of instants, or stretches of numbers in ascending order. Neither = anywhere."""

    instants: tuple[Span, ...] = ()
    numbers: tuple[Span, ...] = ()
    is_empty: bool = False


ANYWHERE: Final = Plan()
NOWHERE: Final = Plan(is_empty=True)


def plan_for(window: Window) -> Plan:
    """The cheaper way to the events of a window."""
    if window.since is None and not window.is_utc:
        return ANYWHERE
    reading = Reading(window)
    total = sum(measures[0] for measures in reading.rough_counts().values())
    if not total:
        return NOWHERE
    if total <= VERY_FEW:
        return Plan(instants=_instants(window))
    zones = _zones(_bounds(window, reading))
    if not zones:
        return NOWHERE
    if total <= FEW and (len(zones) - MOST_ENDS) * ZONE_NUMBERS > total:
        return Plan(instants=_instants(window))
    return Plan(numbers=_merged((zone * ZONE_NUMBERS, (zone + 1) * ZONE_NUMBERS) for zone in zones))


def _instants(window: Window) -> tuple[Span, ...]:
    if window.is_utc:
        return ((window.start_us or 0, END if window.end_us is None else window.end_us),)
    hours = execute(
        "SELECT DISTINCT utc FROM telemetry_count WHERE level = 13 AND text >= %s", ((window.since or "")[:13],)
    ).fetchall()
    spans = _merged((hour * HOUR_US, (hour + 1) * HOUR_US) for (hour,) in sorted(hours))
    return spans if len(spans) <= MOST_SPANS else ((spans[0][0], spans[-1][1]),)


def _bounds(window: Window, reading: Reading) -> Span:
    """Instants between which everything lies; wider is no harm."""
    if window.is_utc:
        return window.start_us or 0, END if window.end_us is None else window.end_us
    return (selections.earliest(reading.touched()) or 0) * HOUR_US, END


def _zones(bounds: Span) -> list[int]:
    """The zones in which something between two instants may lie, in ascending order."""
    rows = execute("SELECT zone FROM telemetry_zone WHERE last_us >= %s AND first_us < %s ORDER BY zone", bounds)
    return [zone for (zone,) in rows.fetchall()]


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Ascending spans, those that touch each other as one."""
    found: list[Span] = []
    for first, end in spans:
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return tuple(found)
