"""Deleting events past the days that their type is kept. Rollups stay; floors say which hours can be recounted.

A pass looks at every event below its type's cutoff once: from the floor to the cutoff by instant, and below the floor
by receipt, because producers also send what is long past. Reads are pages, deletions are short transactions.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from pulse_project.core import clock, conf, db
from pulse_project.core.models import StoreMark
from pulse_project.core.pools import progressed
from pulse_project.core.statements import execute, execute_many
from pulse_project.core.steps import MOST_ROWS, PAUSE_SECONDS, one_step
from telemetry import event_rows, labels
from telemetry.instants import DAY_US, HOUR_US, hour_of
from telemetry.models import Event, RetentionFloor, RetentionRule

EVERYTHING_ELSE: Final = "*"
PAGE_ROWS: Final = 5_000
MARK: Final = "telemetry.swept"  # the newest event by receipt whose instant a pass has looked at

_NEXT_TYPE = "SELECT min(type_id) FROM telemetry_event WHERE type_id > %s"
_BY_INSTANT = (
    "SELECT id, ts_us, type_id FROM telemetry_event"
    " WHERE ts_us >= %s AND ts_us < %s AND (ts_us > %s OR id > %s) ORDER BY ts_us, id LIMIT %s"
)
_BY_RECEIPT = "SELECT id, ts_us, type_id FROM telemetry_event WHERE id > %s AND id <= %s ORDER BY id LIMIT %s"
_RAISE_FLOOR = (
    "INSERT INTO telemetry_retentionfloor (type_id, utc) VALUES (%s, %s)"
    " ON CONFLICT (type_id) DO UPDATE SET utc = excluded.utc WHERE telemetry_retentionfloor.utc < excluded.utc"
)
_DELETE_ATTRIBUTES = "DELETE FROM telemetry_attribute WHERE event_number = %s"

Found = tuple[int, int, int]  # number, instant, type


@dataclass(slots=True)
class Pass:
    """What one pass deleted (or, dry, would delete) by number of the type; `is_complete` when nothing is left."""

    now_us: int
    cutoffs: Mapping[int, int]
    deleted: Counter[int] = field(default_factory=Counter)
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """Events to delete, and how far the search has come: an hour for these types, or a number of receipt."""

    doomed: list[Found]
    types: Sequence[int] = ()
    hour: int = 0
    number: int = 0


def keep_days() -> dict[str, int]:
    """Days by type of every rule, and under `*` those of all other types; 0 = for ever."""
    rules = dict(RetentionRule.objects.values_list("event_type", "keep_days"))
    return {EVERYTHING_ELSE: conf.current().telemetry_keep_days, **rules}


def run(*, dry_run: bool, as_of_us: int | None = None, seconds: float | None = None) -> Pass:
    """Delete (dry: count) all events past their days; `seconds` bounds the work, the next pass goes on from there."""
    now_us = clock.now_us() if as_of_us is None else min(as_of_us, clock.now_us())
    made = Pass(now_us, _cutoffs(now_us))
    ends = None if seconds is None else time.monotonic() + seconds
    head = _head()
    if not dry_run and _mark() is None:
        one_step(partial(_set_mark, head))
    for page in _pages(made.cutoffs, head):
        made.deleted.update(type_id for _, _, type_id in page.doomed)
        if not dry_run:
            _delete_all(page.doomed)
        if ends is not None and time.monotonic() >= ends:
            one_step(partial(_note, page))
            return made
    if not dry_run:
        one_step(partial(_close, made.cutoffs, head))
    made.is_complete = True
    return made


def _cutoffs(now_us: int) -> dict[int, int]:
    """By number of the type the hour below which its events go; types that are kept for ever are absent."""
    days = keep_days()
    with db.read_tx():
        numbers = list(_types())
        texts = labels.texts_of(numbers)
        kept = {number: days.get(texts[number], days[EVERYTHING_ELSE]) for number in numbers}
    return {number: hour_of(now_us - count * DAY_US) for number, count in kept.items() if count}


def _types() -> Iterator[int]:
    """Every type that has events, by jumps through the index."""
    number = 0
    while (found := execute(_NEXT_TYPE, (number,)).fetchone()[0]) is not None:
        number = found
        yield number


def _head() -> int:
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def _mark() -> int | None:
    value: Any = StoreMark.objects.filter(name=MARK).values_list("value", flat=True).first()
    return None if value is None else int(value)


def _set_mark(number: int) -> None:
    StoreMark.objects.update_or_create(name=MARK, defaults={"value": number})


def _starts(cutoffs: Mapping[int, int]) -> dict[int, int]:
    """The hour from which on a type is searched: the last one that a pass may have left unfinished."""
    floors = dict(RetentionFloor.objects.values_list("type_id", "utc"))
    return {number: max(0, floors.get(number, 0) - 1) for number in cutoffs}


def _pages(cutoffs: Mapping[int, int], head: int) -> Iterator[_Page]:
    starts = _starts(cutoffs)
    together = defaultdict(list)
    for number, cutoff in cutoffs.items():
        if starts[number] < cutoff:
            together[starts[number], cutoff].append(number)
    for (start, cutoff), types in sorted(together.items()):
        members = frozenset(types)
        for rows in _by_instant(start * HOUR_US, cutoff * HOUR_US):
            yield _Page([row for row in rows if row[2] in members], types=types, hour=hour_of(rows[-1][1]))
    mark = _mark()
    for rows in _by_receipt(head if mark is None else mark, head):
        late = [row for row in rows if hour_of(row[1]) < min(starts.get(row[2], 0), cutoffs.get(row[2], 0))]
        yield _Page(late, number=rows[-1][0])


def _by_instant(start_us: int, end_us: int) -> Iterator[list[Found]]:
    at_us, number = start_us, 0
    while True:
        with db.read_tx():
            rows = execute(_BY_INSTANT, (at_us, end_us, at_us, number, PAGE_ROWS)).fetchall()
        progressed()
        if not rows:
            return
        yield rows
        number, at_us, _ = rows[-1]


def _by_receipt(after: int, upto: int) -> Iterator[list[Found]]:
    number = after
    while True:
        with db.read_tx():
            rows = execute(_BY_RECEIPT, (number, upto, PAGE_ROWS)).fetchall()
        progressed()
        if not rows:
            return
        yield rows
        number = rows[-1][0]


def _delete_all(doomed: Sequence[Found]) -> None:
    for start in range(0, len(doomed), MOST_ROWS):
        one_step(partial(_delete, doomed[start : start + MOST_ROWS]))
        time.sleep(PAUSE_SECONDS)


def _delete(rows: Sequence[Found]) -> None:
    """Events, what is indexed of them, and the floors that tell of it, in one transaction."""
    reached: dict[int, int] = {}
    for _, ts_us, type_id in rows:
        reached[type_id] = max(reached.get(type_id, 0), hour_of(ts_us) + 1)
    _raise_floors(reached)
    numbers = [number for number, _, _ in rows]
    execute_many(_DELETE_ATTRIBUTES, [(number,) for number in numbers])
    event_rows.delete_ids(numbers)


def _note(page: _Page) -> None:
    """The search ends in the midst of an hour; the next one begins with that hour."""
    if page.number:
        _set_mark(page.number)
    _raise_floors(dict.fromkeys(page.types, page.hour + 1))


def _raise_floors(hours: Mapping[int, int]) -> None:
    if hours:
        execute_many(_RAISE_FLOOR, sorted(hours.items()))


def _close(cutoffs: Mapping[int, int], head: int) -> None:
    _raise_floors(cutoffs)
    _set_mark(head)
