"""Panels over how many events there are: tiles, events over time, counts by type and source."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pulse_project.core import clock
from telemetry.instants import DAY_US, HOUR_US
from telemetry.pages.filters import Filters
from telemetry.pages.lines import bars, delta, event_line
from telemetry.pages.look import RECENT, Look

HOURLY_DAYS: Final = 8  # spans up to this long are drawn by the hour
MOST_DAYS: Final = 1_999  # the series operation answers at most 2,000 buckets
TONES: Final = 8  # colours of series


def tiles(look: Look) -> dict[str, Any]:
    """Events, types, sources, age of the newest event, duplicates, rejected records, and the pass rate."""
    types, sources = look.counts("type"), look.counts("source")
    before = look.filters.before()
    earlier = look.counts("type", before)["total"] if before else None
    newest = look.events(RECENT)["events"]
    outcomes = look.figures("metrics_outcomes")
    return {
        "is_empty": False,
        "total": types["total"],
        "delta": delta(types["total"], earlier),
        "earlier": earlier,
        "types": len(types["groups"]),
        "sources": len(sources["groups"]),
        "newest": event_line(newest[0]) if newest else None,
        "outcomes": outcomes,
        "reasons": outcomes["reasons"][:5],
        "now_us": clock.now_us(),
    }


def by_type(look: Look) -> dict[str, Any]:
    """Counts by type; a row narrows the page to it."""
    return _grouped(look, "type")


def by_source(look: Look) -> dict[str, Any]:
    """Counts by source; a row narrows the page to it."""
    return _grouped(look, "source")


def _grouped(look: Look, by: str) -> dict[str, Any]:
    groups = look.counts(by)["groups"]
    return {"bars": bars((group["key"], group["count"]) for group in groups), "is_empty": not groups}


@dataclass(frozen=True)
class Period:
    """What a chart draws: whole buckets, `interval` hour or day."""

    interval: str
    start_us: int
    end_us: int

    @property
    def seconds(self) -> int:
        return 3_600 if self.interval == "hour" else 86_400


@dataclass(frozen=True)
class Series:
    """One series of the chart: its name, total, colour (1 to `TONES`) and counts by bucket."""

    key: str
    total: int
    tone: int
    counts: Sequence[int]


def period(filters: Filters) -> Period:
    """The buckets that a span is drawn in: hours of short spans, else days, at most as many as fit in one answer."""
    end_us = filters.end_us or clock.now_us()
    latest = _day_after(clock.now_us() + DAY_US)  # no stored instant lies beyond a day ahead
    end_us = min(end_us, latest) if filters.end_us is not None else latest
    start_us = filters.start_us if filters.start_us is not None else 0
    if end_us - start_us <= HOURLY_DAYS * DAY_US:
        return Period("hour", start_us, -(-end_us // HOUR_US) * HOUR_US)
    return Period("day", max(start_us, end_us - MOST_DAYS * DAY_US), end_us)


def _day_after(us: int) -> int:
    return -(-us // DAY_US) * DAY_US


def over_time(look: Look) -> dict[str, Any]:
    """Events by hour or day, stacked by type; leading buckets without any event are left out of open spans."""
    chosen = look.filters
    drawn = period(chosen)
    if drawn.start_us >= drawn.end_us:
        return {"is_empty": True}
    answer = look.ask(
        "metrics_series",
        interval=drawn.interval,
        by="type",
        **{"from": clock.iso(drawn.start_us), "to": clock.iso(drawn.end_us)},
        **{name: value for name, value in (("type", chosen.type), ("source", chosen.source)) if value},
    )
    first = _first_used(answer["series"]) if chosen.start_us is None else 0
    buckets = answer["buckets"][first:]
    series = _toned([(one["key"], one["counts"][first:]) for one in answer["series"]])
    total = sum(one.total for one in series)
    return {
        "is_empty": not total,
        "series": series,
        "interval": drawn.interval,
        "chart_json": json.dumps(_chart(buckets, series, drawn.seconds)),
        "rows": _rows(buckets, series),
        "total": total,
        "earlier": 0 if drawn.start_us == chosen.start_us else look.counts("type")["total"] - total,
    }


def _toned(lines: Sequence[tuple[str, Sequence[int]]]) -> list[Series]:
    """A colour for each line; what has none of its own is one line together, in the last colour."""
    own = len(lines) if len(lines) <= TONES else TONES - 1
    found = [Series(key, sum(counts), tone, counts) for tone, (key, counts) in enumerate(lines[:own], start=1)]
    if rest := lines[own:]:
        together = [sum(column) for column in zip(*(counts for _, counts in rest), strict=True)]
        found.append(Series("all other types", sum(together), TONES, together))
    return found


def _first_used(series: Sequence[Mapping[str, Any]]) -> int:
    found = [next((at for at, count in enumerate(one["counts"]) if count), None) for one in series]
    return min((at for at in found if at is not None), default=0)


def _chart(buckets: Sequence[str], series: Sequence[Series], step: int) -> dict[str, Any]:
    """What the script draws: start of the first bucket and width of each in seconds, and the counts."""
    return {
        "starts": buckets,
        "step": step,
        "series": [{"key": one.key, "tone": one.tone, "counts": one.counts} for one in series],
    }


def _rows(buckets: Sequence[str], series: Sequence[Series]) -> list[tuple[str, list[int], int]]:
    """The same as a table, without the buckets that hold nothing."""
    rows = [(bucket, [one.counts[at] for one in series]) for at, bucket in enumerate(buckets)]
    return [(bucket[:16].replace("T", " "), counts, sum(counts)) for bucket, counts in rows if any(counts)]
