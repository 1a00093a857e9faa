"""Events over time: every hour or day of a span, also those without any."""

from collections.abc import Collection
from typing import Final, Literal, TypedDict

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from telemetry import labels
from telemetry.instants import HOUR_US, Level
from telemetry.rollups.contributions import ALL_TARGETS
from telemetry.rollups.reading import Columns, Reading
from telemetry.rollups.tables import VERIFICATIONS
from telemetry.rollups.windows import Window

Interval = Literal["hour", "day"]
By = Literal["type", "source", "none"]
LEVELS: Final[dict[str, tuple[Level, int]]] = {"hour": (Level.HOUR, 1), "day": (Level.DAY, 24)}
COLUMNS: Final = {"type": "type_id", "source": "source_id", "none": "type_id"}
MOST_BUCKETS: Final = 2_000
MOST_KEYS: Final = 20  # the rest is added up as `OTHERS`
OTHERS: Final = "__other__"


class Line(TypedDict):
    key: str
    counts: list[int]


class Series(TypedDict):
    """`buckets` are the starts of hours or days in UTC; every line has one count for each of them."""

    interval: str
    by: str
    buckets: list[str]
    series: list[Line]


class Trend(TypedDict):
    """Verifications over time; rates are null in buckets without runs."""

    interval: str
    buckets: list[str]
    runs: list[int]
    passed: list[int]
    pass_rate: list[float | None]


def hours_of(window: Window, interval: Interval) -> range:
    """The first hours of the buckets that a UTC window touches. Errors: VALIDATION_ERROR (more than `MOST_BUCKETS`)."""
    width = LEVELS[interval][1]
    start_us, end_us = window.start_us or 0, window.end_us or 0
    first = start_us // (width * HOUR_US) * width
    last = -(-end_us // (width * HOUR_US)) * width
    found = range(first, max(first, last), width)
    if len(found) > MOST_BUCKETS:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"That span has more than {MOST_BUCKETS} buckets. Ask for interval day, or for a shorter span.",
            field="interval",
            buckets=len(found),
        )
    return found


def series(reading: Reading, interval: Interval, by: By) -> Series:
    """Counts per bucket, the most frequent keys first; everything in one line when `by` is none."""
    hours = hours_of(reading.window, interval)
    first, (level, width) = hours.start, LEVELS[interval]
    cells = reading.counts_by_hour(COLUMNS[by], level)
    rest = [0] * len(hours)
    counts = {key: [0] * len(hours) for key in (() if by == "none" else _most_frequent(cells))}
    line_of = {key: counts.get(key, rest) for key in set(cells[1])}
    for hour, key, number in zip(*cells, strict=True):
        line_of[key][(hour - first) // width] += number
    texts = labels.texts_of(counts)
    named = sorted(counts, key=lambda key: (-sum(counts[key]), key))
    lines = [Line(key=texts[key], counts=counts[key]) for key in named]
    if any(rest):
        lines.append(Line(key="events" if by == "none" else OTHERS, counts=rest))
    return Series(interval=interval, by=by, buckets=_starts(hours), series=lines)


def _most_frequent(cells: Columns) -> Collection[int]:
    """The `MOST_KEYS` most frequent keys, or all if there are not so many."""
    totals = dict.fromkeys(cells[1], 0)
    if len(totals) <= MOST_KEYS:
        return totals
    for key, number in zip(cells[1], cells[2], strict=True):
        totals[key] += number
    return sorted(totals, key=lambda key: (-totals[key], key))[:MOST_KEYS]


def trend(reading: Reading, interval: Interval, target: str | None) -> Trend:
    """Runs and passes of verifications per bucket, of one target or of all."""
    hours = hours_of(reading.window, interval)
    label = labels.known(target) if target is not None else None
    target_id = ALL_TARGETS if target is None else label.counted_id if label else -1
    found = reading.series(VERIFICATIONS, [], LEVELS[interval][0], target_id=target_id)
    runs, passed = [0] * len(hours), [0] * len(hours)
    for (hour,), measures in found.items():
        place = hours.index(hour)
        runs[place], passed[place] = measures[0], measures[1]
    rates = [round(good / all_, 4) if all_ else None for good, all_ in zip(passed, runs, strict=True)]
    return Trend(interval=interval, buckets=_starts(hours), runs=runs, passed=passed, pass_rate=rates)


def _starts(hours: range) -> list[str]:
    return [f"{(clock.iso(hour * HOUR_US) or '')[:19]}Z" for hour in hours]
