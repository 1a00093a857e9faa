"""A span of time as few bucket ranges: the published text comparison, or instants in UTC.

Buckets nest (year, month, ten days, five days, day, hour), so any span is a handful of ranges of coarse buckets, some
finer ones at its ends, and at most two hours of which only a part lies inside: their events are read themselves.
"""

from dataclasses import dataclass
from typing import Any, Final

from pulse_project.core import clock
from telemetry.instants import HOUR_US, LEVELS, Level, name_of, next_start, starts_of

HIGH: Final = "\U0010ffff"  # above every text that a stamp begins with
LOW: Final = "\x01"  # what is appended to a text gives the next one: PostgreSQL takes no NUL
YEARS_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Range:
    """Adjacent buckets of one level: those that begin in the hours `first` to before `end`, or by their names."""

    level: Level
    first: Any
    end: Any
    is_text: bool = False
    without_first: bool = False

    @property
    def condition(self) -> str:
        """A condition of SQL; its values are `values`."""
        column, comparison = "text" if self.is_text else "utc", ">" if self.without_first else ">="
        return f"level = %s AND {column} {comparison} %s AND {column} < %s"

    @property
    def values(self) -> tuple[Any, ...]:
        return int(self.level), self.first, self.end


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
            return [Range(Level.HOUR, self.text, self.text + LOW, is_text=True)]
        return [Range(Level.HOUR, self.start_us // HOUR_US, -(-self.end_us // HOUR_US))]


@dataclass(frozen=True, slots=True)
class Cover:
    """What makes up a window exactly."""

    ranges: tuple[Range, ...]
    boundaries: tuple[Boundary, ...] = ()
    hours: tuple[int, int] = (0, 0)  # the whole hours of a UTC window: first, and first beyond

    def stretches(self, level: Level) -> list[Range]:
        """The whole hours as whole buckets of `level` (day or hour), and hours at both ends where days do not fit."""
        first, last = self.hours
        inner_first, inner_last = -(-first // 24) * 24, last // 24 * 24
        if level is Level.HOUR or inner_first >= inner_last:
            found = [Range(Level.HOUR, first, last)]
        else:
            edges = Range(Level.HOUR, first, inner_first), Range(Level.HOUR, inner_last, last)
            found = [edges[0], Range(Level.DAY, inner_first, inner_last), edges[1]]
        return [stretch for stretch in found if stretch.first < stretch.end]


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
    ranges: list[Range] = []
    end = HIGH
    for level in LEVELS:
        if level is not Level.FIVE_DAYS and len(since) <= level:
            return Cover((*ranges, Range(level, since, end, is_text=True)))
        name = name_of(level, since)
        ranges.append(Range(level, name, end, is_text=True, without_first=True))
        end = _end_of(level, name)
    return Cover(tuple(ranges), (Boundary(text=name, since=since),))


def _end_of(level: Level, name: str) -> str:
    """What lies above every text in the bucket of that name, and below the next bucket's."""
    if level is not Level.FIVE_DAYS:
        return name + HIGH
    return name[:-1] + (HIGH if name.endswith("5") else "5")


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
    return [Range(level, low, high) for level, low, high in spans]


def _widest(first: int, last: int) -> tuple[Level, int]:
    """The widest bucket that begins at `first` and ends by `last`, and where it ends."""
    for level, start in zip(LEVELS, starts_of(first), strict=True):
        if start == first and (following := next_start(level, first)) <= last:
            return level, following
    return Level.HOUR, first + 1
