"""Storing records: events, rollups and attributes in one transaction, exact under duplicates."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from pulse_project.core import clock, db
from telemetry import attributes, event_rows, journal, labels
from telemetry.instants import DAY_US
from telemetry.labels import Named
from telemetry.models import Stamp
from telemetry.record import Record, restamped
from telemetry.rollups import contributions
from telemetry.rollups.contributions import Row

MOST_ROWS: Final = 1000  # of one transaction: about 20 ms of work
MOST_ATTEMPTS: Final = 16  # to find a free microsecond, each twice as far ahead
PRODUCER, DATED, BUCKETLESS = (int(bit) for bit in Stamp)
MOST_BUCKETS: Final = 10_000  # a day of what is no time, then it has no bucket and `since` passes over it


class Stored(NamedTuple):
    """What became of a record. `differs`: its foreign id belongs to an event with other content."""

    event_id: bytes
    is_duplicate: bool
    differs: bool = False


def write(
    records: Sequence[Record],
    committed: Callable[[list[Stored]], None] | None = None,
    *,
    inside: Callable[[list[Stored]], None] | None = None,
) -> list[Stored]:
    """Store up to `MOST_ROWS` records in order of receipt, in a write transaction of its own.

    `inside` hears the answer within the transaction and may write to it, or undo it all by raising; `committed` hears
    it after COMMIT and before it is durable. Errors: those of the database.
    """
    with db.write_tx():
        stored, fresh = _written(records) if records else ([], [])
        if inside is not None:
            inside(stored)
    if records:
        journal.note(records, stored, fresh)
    if committed is not None:
        committed(stored)
    return stored


def _written(records: Sequence[Record]) -> tuple[list[Stored], list[Row]]:
    named = labels.numbered(_names(records))
    rows, new = event_rows.append([_event_row(record, named) for record in records])
    if len(new) == len(records):
        stored = [Stored(record.event_id, False) for record in records]
    else:
        records = list(records)
        stored = _settled(records, rows, new, named)
        event_rows.count_repeats([one.event_id for one in stored if one.is_duplicate])
    fresh = [
        _row(row, record, named) for row, record, one in zip(rows, records, stored, strict=True) if not one.is_duplicate
    ]
    if fresh:
        fresh.sort(key=itemgetter(0))  # what got another stamp was stored last
        contributions.add(fresh, named)
        attributes.add(fresh)
    return stored, fresh


def _settled(
    records: list[Record], rows: list[tuple[Any, ...]], new: set[int], named: Mapping[str, Named]
) -> list[Stored]:
    """What became of records of which only `new` were inserted.

    Most of the others are duplicates. Equal ones that we stamped in the same microsecond are not: they get another
    stamp, in `records` and `rows` too, and are inserted with that.
    """
    found = [
        Stored(record.event_id, False) if row[0] in new else _met(record, named)
        for row, record in zip(rows, records, strict=True)
    ]
    for attempt in range(MOST_ATTEMPTS):
        places = [place for place, one in enumerate(found) if one is None]
        if not places:
            break
        _stamp_later(records, places, attempt)
        again, new = event_rows.append([_event_row(records[place], named) for place in places])
        for place, row in zip(places, again, strict=True):
            if row[0] in new:
                rows[place], found[place] = row, Stored(records[place].event_id, False)
    return [one or Stored(record.event_id, True) for one, record in zip(found, records, strict=True)]


def _stamp_later(records: list[Record], places: Sequence[int], attempt: int) -> None:
    """Stamp the records at `places` a microsecond apart, at each attempt later."""
    latest = max(clock.now_us(), *(records[place].received_us for place in places))
    for received_us, place in enumerate(places, latest + len(places) * 2**attempt):
        records[place] = restamped(records[place], received_us)


def _names(records: Sequence[Record]) -> set[str]:
    names = {record.event_type for record in records} | {record.source for record in records}
    for record in records:
        if record.event_type in contributions.NAMED:
            name = contributions.names_in(record.event_type, record.version, record.payload)
            if name is not None:
                names.add(name)
    return names


def _event_row(record: Record, named: Mapping[str, Named]) -> tuple[Any, ...]:
    """The columns of `event_rows.COLUMNS` behind the number."""
    return (
        record.event_id, named[record.event_type].id, named[record.source].id, record.version, record.event_ts,
        record.ts_us, record.received_us, _stamp(record), record.foreign_key, record.payload_text, 0,
    )  # fmt: skip


def _row(row: tuple[Any, ...], record: Record, named: Mapping[str, Named]) -> Row:
    event_type = record.event_type
    return Row(
        row[0], event_type, named[event_type].counted_id, named[record.source].counted_id, record.version,
        record.event_ts, record.ts_us, bool(row[8] & BUCKETLESS), record.payload,
    )  # fmt: skip


def _met(record: Record, named: Mapping[str, Named]) -> Stored | None:
    """The event that a duplicate met: by the producer's own id, or by its own. None when nobody says they are one."""
    if record.foreign_key is not None:
        found = event_rows.same_foreign(record.foreign_key)
        if found is not None:
            event_id, type_id, version, event_ts, payload = found
            same = (type_id, version, payload) == (named[record.event_type].id, record.version, record.payload_text)
            same = same and (not record.has_producer_stamp or event_ts == record.event_ts)
            return Stored(bytes(event_id), is_duplicate=True, differs=not same)
    return Stored(record.event_id, is_duplicate=True) if record.has_producer_stamp else None


class _Buckets:
    """The texts that are no time and yet name a bucket, today."""

    def __init__(self) -> None:
        self._day = -1
        self._texts: set[str] = set()

    def admit(self, text: str, received_us: int) -> bool:
        day = received_us // DAY_US
        if day != self._day:
            self._day, self._texts = day, set()
        if len(self._texts) < MOST_BUCKETS:
            self._texts.add(text)
        return text in self._texts


_buckets = _Buckets()


def _stamp(record: Record) -> int:
    stamp = PRODUCER if record.has_producer_stamp else 0
    if record.is_dated:
        return stamp | DATED
    return stamp if _buckets.admit(record.event_ts[:13], record.received_us) else stamp | BUCKETLESS
