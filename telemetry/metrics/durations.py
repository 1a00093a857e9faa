"""How long things took: percentiles of `duration_ms` by type."""

from collections import defaultdict
from typing import Final, TypedDict

from telemetry import labels, sketch
from telemetry.rollups.reading import Reading
from telemetry.rollups.tables import DURATIONS

SHARES: Final = (0.5, 0.9, 0.99)
Bins = dict[int, int]  # events by bin of the sketch


class Percentiles(TypedDict):
    """Milliseconds, within 1 % of the true value; `count` events had a duration."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None


class DurationRow(Percentiles):
    type: str


class Durations(Percentiles):
    since: str | None
    durations: list[DurationRow]


def durations(reading: Reading, event_type: str | None = None) -> Durations:
    """Percentiles of all durations together and by type, the most frequent type first."""
    where = {}
    if event_type is not None:
        label = labels.known(event_type)
        where["type_id"] = label.counted_id if label else -1
    bins: dict[int, Bins] = defaultdict(dict)
    merged: Bins = defaultdict(int)
    for (type_id, number), (count,) in reading.totals(DURATIONS, ["type_id", "bin"], **where).items():
        bins[type_id][number] = count
        merged[number] += count
    texts = labels.texts_of(bins)
    rows: list[DurationRow] = [{"type": texts[type_id], **_percentiles(found)} for type_id, found in bins.items()]
    rows.sort(key=lambda row: (-row["count"], row["type"]))
    return {"since": reading.window.since, **_percentiles(merged), "durations": rows}


def _percentiles(bins: Bins) -> Percentiles:
    p50, p90, p99 = sketch.percentiles(bins.items(), SHARES)
    return {"count": sum(bins.values()), "p50": p50, "p90": p90, "p99": p99}
