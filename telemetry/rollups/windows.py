"""A span of time as few bucket ranges: the published text comparison, or instants in UTC.

Buckets nest (year, month, ten days, day, hour), so any span is a handful of ranges of coarse buckets, some finer ones
at its ends, and at most two hours of which only a part lies inside: their events are read themselves.
"""

from dataclasses import dataclass
from typing import Any, Final

from pulse_project.core import clock
from telemetry.instants import HOUR_US, LEVELS, Level, next_start, starts_of

HIGH: Final = "\U0010ffff"  # above every text that a stamp begins with
YEARS_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Range:
    """Adjacent buckets of one level, as a condition of SQL and its values."""

    condition: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Boundary:
    """The part of an hour that lies inside: by instants, or by stamps of the hour `text` from `since` on."""

    start_us: int = 0
    end_us: int = 0
    text: str = ""
    since: str = ""

    def hours(self) -> list[Range]:
        """The whole hours that the part lies in."""
        if self.text:
            return [Range("level = %s AND text = %s", (int(Level.HOUR), self.text))]
        first, last = self.start_us // HOUR_US, -(-self.end_us // HOUR_US)
        return [Range("level = %s AND utc >= %s AND utc < %s", (int(Level.HOUR), first, last))]


@dataclass(frozen=True, slots=True)
class Cover:
    """What makes up a window exactly."""

    ranges: tuple[Range, ...]
    boundaries: tuple[Boundary, ...] = ()
    hours: tuple[int, int] = (0, 0)  # the whole hours of a UTC window: first, and first beyond

    def stretches(self, level: Level) -> list[tuple[Level, int, int]]:
        """The whole hours as whole buckets of `level` (day or hour), and hours at both ends where days do not fit."""
        first, last = self.hours
        if level is Level.HOUR:
            return [(Level.HOUR, first, last)]
        inner_first, inner_last = -(-first // 24) * 24, last // 24 * 24
        if inner_first >= inner_last:
            return [(Level.HOUR, first, last)]
        found = [(Level.HOUR, first, inner_first), (Level.DAY, inner_first, inner_last), (Level.HOUR, inner_last, last)]
        return [stretch for stretch in found if stretch[1] < stretch[2]]


@dataclass(frozen=True, slots=True)
class Window:
    """What a metric looks at: stamps from `since` on (as text), or instants with start <= t < end; nothing = all."""

    since: str | None = None
    start_us: int | None = None
    end_us: int | None = None

    @property
    def is_utc(self) -> bool:
        return self.start_us is not None or self.end_us is not None

    def cover(self) -> Cover:
        return _utc_cover(self.start_us, self.end_us) if self.is_utc else _text_cover(self.since or "")


def _text_cover(since: str) -> Cover:
    ranges, above = [], ""
    for level in LEVELS:
        upper = above + HIGH
        if len(since) <= level:
            ranges.append(Range("level = %s AND text >= %s AND text < %s", (int(level), since, upper)))
            return Cover(tuple(ranges))
        above = since[:level]
        ranges.append(Range("level = %s AND text > %s AND text < %s", (int(level), above, upper)))
    return Cover(tuple(ranges), (Boundary(text=above, since=since),))


def _utc_cover(start_us: int | None, end_us: int | None) -> Cover:
    start = max(0, start_us or 0)
    end = _far_end() if end_us is None else min(end_us, _far_end())
    if end <= start:
        return Cover(())
    first, last = -(-start // HOUR_US), end // HOUR_US
    if first > last:
        return Cover((), (Boundary(start, end),))
    edges = (Boundary(start, first * HOUR_US), Boundary(last * HOUR_US, end))
    inside = tuple(edge for edge in edges if edge.start_us < edge.end_us)
    return Cover(tuple(_utc_ranges(first, last)), inside, (first, last))


def _far_end() -> int:
    """The start of the year after next: no stored instant lies beyond it."""
    hour = clock.now_us() // HOUR_US
    for _ in range(YEARS_AHEAD):
        hour = next_start(Level.YEAR, hour)
    return hour * HOUR_US


def _utc_ranges(first: int, last: int) -> list[Range]:
    spans: list[tuple[Level, int, int]] = []
    while first < last:
        level, following = _widest(first, last)
        if spans and spans[-1][0] is level:
            spans[-1] = (level, spans[-1][1], following)
        else:
            spans.append((level, first, following))
        first = following
    return [Range("level = %s AND utc >= %s AND utc < %s", (int(level), low, high)) for level, low, high in spans]


def _widest(first: int, last: int) -> tuple[Level, int]:
    """The widest bucket that begins at `first` and ends by `last`, and where it ends."""
    for level, start in zip(LEVELS, starts_of(first), strict=True):
        if start == first and (following := next_start(level, first)) <= last:
            return level, following
    return Level.HOUR, first + 1
