"""Storing records: events, rollups and attributes in one transaction, exact under duplicates."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pulse_project.core import db
from telemetry import attributes, event_rows, journal, labels
from telemetry.instants import DAY_US
from telemetry.labels import Named
from telemetry.models import Stamp
from telemetry.record import Record
from telemetry.rollups import contributions
from telemetry.rollups.contributions import Row

MOST_ROWS: Final = 1000  # of one transaction: about 20 ms of work
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
    first = event_rows.next_number(len(records))
    rows = [_event_row(number, record, named) for number, record in enumerate(records, first)]
    new = event_rows.insert(rows)
    are_all_new = len(new) == len(records)
    fresh = [
        _row(row, record, named) for row, record in zip(rows, records, strict=True) if are_all_new or row[0] in new
    ]
    if fresh:
        contributions.add(fresh, named)
        attributes.add(fresh)
    if are_all_new:
        return [Stored(record.event_id, False) for record in records], fresh
    stored = [
        Stored(record.event_id, False) if number in new else _existing(record, named)
        for number, record in enumerate(records, first)
    ]
    event_rows.count_repeats([one.event_id for one in stored if one.is_duplicate])
    return stored, fresh


def _names(records: Sequence[Record]) -> set[str]:
    names = {record.event_type for record in records} | {record.source for record in records}
    for record in records:
        if record.event_type in contributions.NAMED:
            name = contributions.names_in(record.event_type, record.version, record.payload)
            if name is not None:
                names.add(name)
    return names


def _event_row(number: int, record: Record, named: Mapping[str, Named]) -> tuple[Any, ...]:
    """The columns of `event_rows.COLUMNS`."""
    return (
        number, record.event_id, named[record.event_type].id, named[record.source].id, record.version, record.event_ts,
        record.ts_us, record.received_us, _stamp(record), record.foreign_key, record.payload_text, 0,
    )  # fmt: skip


def _row(row: tuple[Any, ...], record: Record, named: Mapping[str, Named]) -> Row:
    event_type = record.event_type
    return Row(
        row[0], event_type, named[event_type].counted_id, named[record.source].counted_id, record.version,
        record.event_ts, record.ts_us, bool(row[8] & BUCKETLESS), record.payload,
    )  # fmt: skip


def _existing(record: Record, named: Mapping[str, Named]) -> Stored:
    """The event that a duplicate met: by its own id, or by the producer's."""
    if record.foreign_key is not None:
        found = event_rows.same_foreign(record.foreign_key)
        if found is not None:
            event_id, type_id, version, event_ts, payload = found
            same = (type_id, version, payload) == (named[record.event_type].id, record.version, record.payload_text)
            same = same and (not record.has_producer_stamp or event_ts == record.event_ts)
            return Stored(bytes(event_id), is_duplicate=True, differs=not same)
    return Stored(record.event_id, is_duplicate=True)


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
