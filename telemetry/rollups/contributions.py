"""What one stored event adds to each rollup. The only definition: ingest, raw boundary reads and the recount use it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from telemetry import sketch
from telemetry.instants import HOUR_US, LEVELS, name_of, starts_of
from telemetry.labels import Named, fitting
from telemetry.rollups.tables import (
    BUCKETED,
    COUNTS,
    DURATIONS,
    EVERY,
    NEVER,
    PHASES,
    STOP_REASONS,
    VERIFICATION_DAYS,
    VERIFICATIONS,
    ZONE_NUMBERS,
    ZONES,
    Rollup,
    upsert,
)

PHASE_CLOSE, TASK_CLOSE = "phase.close", "task.close"
STOP_REASON = "workflow.next.stop_reason"
VERIFICATION = "verification.completed"
NAMED: Final = frozenset({PHASE_CLOSE, TASK_CLOSE, STOP_REASON, VERIFICATION})
PAYLOAD_VERSION: Final = 1  # metrics over payloads read this version only, as published
ALL_TARGETS: Final = 0
MOST: Final = 10**12  # bound of a number that rollups add up, so that no sum leaves 64 bits

Cells = dict[tuple[Any, ...], list[Any]]


class Row(NamedTuple):
    """A stored event as rollups see it."""

    id: int
    event_type: str
    type_id: int  # the counted numbers
    source_id: int
    version: int
    event_ts: str
    ts_us: int
    is_bucketless: bool
    payload: Mapping[str, Any]


def key_text(value: Any) -> str:
    """The text of a phase, target or reason, as published: "" for everything false, `str()` for what is no text."""
    if not value:
        return ""
    return fitting(value if isinstance(value, str) else str(value))


def names_in(event_type: str, version: int, payload: Mapping[str, Any]) -> str | None:
    """The name that a payload metric groups this event by, None when it takes part in none."""
    if version != PAYLOAD_VERSION:
        return None
    if event_type in {PHASE_CLOSE, TASK_CLOSE}:
        return key_text(payload.get("phase"))
    if event_type == VERIFICATION:
        return key_text(payload.get("target"))
    if event_type == STOP_REASON:
        return key_text(payload.get("stop_reason")) or None
    return None


def whole(value: Any) -> int:
    """A payload number as published: numeric text and fractions are cut to whole numbers, all else is 0."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    return max(-MOST, min(MOST, number))


def latest(event_ts: str, number: int, passed: bool) -> str:
    """Stamp, receipt order and outcome of a run as one text whose order is the order of runs."""
    return f"{event_ts}\x01{number:019d}{int(passed)}"


def parse_latest(text: str) -> tuple[str, bool]:
    """Stamp and outcome of `latest`."""
    return text[:-21], text[-1] == "1"


def hour_cells(rows: Iterable[Row], labels: Mapping[str, Named]) -> dict[Rollup, Cells]:
    """Cells of every rollup, bucketed ones by `(text of the hour, hour, *keys)`; `labels` knows all names in `rows`."""
    found: dict[Rollup, Cells] = {rollup: {} for rollup in EVERY}
    counts, durations = found[COUNTS], found[DURATIONS]
    for row in rows:
        _, event_type, type_id, source_id, version, event_ts, ts_us, is_bucketless, payload = row
        text, hour = "" if is_bucketless else event_ts[:13], ts_us // HOUR_US
        key = (text, hour, type_id, source_id, version)
        cell = counts.get(key)
        if cell is None:
            counts[key] = [1]
        else:
            cell[0] += 1
        duration = sketch.duration_of(payload) if "duration_ms" in payload else None  # type: ignore[arg-type]
        if duration is not None:
            merge(DURATIONS, durations, (text, hour, type_id, source_id, sketch.bin_of(duration)), [1])
        name = names_in(event_type, version, payload) if event_type in NAMED else None
        if name is not None:
            _add_payload_metric(found, row, (text, hour, source_id), labels[name].counted_id)
    return found


def _add_payload_metric(found: dict[Rollup, Cells], row: Row, place: tuple[Any, ...], name_id: int) -> None:
    payload, stamp = row.payload, row.event_ts
    if row.event_type == PHASE_CLOSE:
        done = max(0, whole(payload.get("tasks_done")))
        merge(PHASES, found[PHASES], (*place, name_id), [1, done, 0, stamp, stamp])
    elif row.event_type == TASK_CLOSE:
        merge(PHASES, found[PHASES], (*place, name_id), [0, 0, 1, NEVER, ""])
    elif row.event_type == STOP_REASON:
        merge(STOP_REASONS, found[STOP_REASONS], (*place, name_id), [1])
    else:
        passed = bool(payload.get("passed"))
        checks = [whole(payload.get("checks_total")), whole(payload.get("checks_passed"))]
        measures = [1, int(passed), *checks, latest(stamp, row.id, passed)]
        day = stamp.partition("T")[0]
        for target in (name_id, ALL_TARGETS):
            merge(VERIFICATIONS, found[VERIFICATIONS], (*place, target), measures)
            merge(VERIFICATION_DAYS, found[VERIFICATION_DAYS], (day, row.source_id, target), [1, int(passed)])


def merge(rollup: Rollup, cells: Cells, key: tuple[Any, ...], measures: list[Any]) -> None:
    """Add the measures of one cell to `cells`."""
    cell = cells.get(key)
    if cell is None:
        cells[key] = list(measures)
    elif len(cell) == 1:
        cell[0] += measures[0]
    else:
        cells[key] = [of_two(a, b) for of_two, a, b in zip(rollup.merges, cell, measures, strict=True)]


def every_level(rollup: Rollup, hours: Cells) -> Cells:
    """The cells of all levels, keyed `(level, text, utc, *keys)`, that hour cells add up to."""
    found: Cells = {}
    for key, measures in hours.items():
        text, utc, *keys = key
        for bucket in _buckets(text, utc):
            merge(rollup, found, (*bucket, *keys), measures)
    return found


@lru_cache(maxsize=4_096)
def _buckets(text: str, utc: int) -> tuple[tuple[int, str, int], ...]:
    """Level, name and first hour of the bucket of each level that holds an hour; its stamps begin with `text`."""
    return tuple((int(level), name_of(level, text), start) for level, start in zip(LEVELS, starts_of(utc), strict=True))


def add(rows: Sequence[Row], labels: Mapping[str, Named]) -> None:
    """Add stored events, in the order of receipt, to every rollup, inside the transaction that stores them."""
    found = hour_cells(rows, labels)
    for rollup in BUCKETED:
        if found[rollup]:
            found[rollup] = every_level(rollup, found[rollup])
    upsert({**found, ZONES: zone_cells(rows)})


def zone_cells(rows: Iterable[Row]) -> Cells:
    """The earliest and latest instant of each zone of numbers; `rows` come in the order of receipt."""
    found: Cells = {}
    for zone, members in groupby(rows, key=lambda row: row.id // ZONE_NUMBERS):
        instants = [row.ts_us for row in members]
        found[zone,] = [min(instants), max(instants)]
    return found
