"""Many records in one request: cut, checked one by one, stored in short transactions, answered per record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import DatabaseError, DataError, IntegrityError

from pulse_project.core import clock, db
from pulse_project.core.errors import Failure
from telemetry import canonical, journal, store
from telemetry.canonical import NotJson, Rejected
from telemetry.foreign import key_of
from telemetry.record import Record, record_of
from telemetry.store import MOST_ROWS, Stored

MOST_RECORDS: Final = 10_000
BOM: Final = b"\xef\xbb\xbf"
REFUSED: Final = "store failed: the database refuses this record"


class TooMany(Rejected):
    """A request of more than `MOST_RECORDS` records."""

    def __init__(self) -> None:
        super().__init__(f"more than {MOST_RECORDS} records")


@dataclass(slots=True)
class Batch:
    """The records of a request, those that are none, and what became of the good ones. Indexes are 1-based.

    `failure`: the store gave up on the way; what it had stored by then stays.
    """

    records: list[Record] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    stored: list[Stored | None] = field(default_factory=list)
    failure: Failure | None = None

    def summary(self) -> dict[str, Any]:
        """The published answer: duplicates count as accepted."""
        accepted = sum(one is not None for one in self.stored)
        errors = [{"index": index, "error": error} for index, error in sorted(self.errors)]
        return {"accepted": accepted, "skipped": len(errors), "errors": errors}

    def refuse_others(self, reason: str) -> bool:
        """Turn records whose foreign key belongs to other content into errors; whether there were any."""
        differing = [place for place, one in enumerate(self.stored) if one is not None and one.differs]
        for place in differing:
            self.stored[place] = None
            self.errors.append((self.indexes[place], reason))
        return bool(differing)

    def results(self) -> list[dict[str, Any]]:
        """One entry per record in its order: `{index, event_id, deduplicated}` or `{index, error}`."""
        found: list[dict[str, Any]] = [{"index": index, "error": error} for index, error in self.errors]
        for index, one in zip(self.indexes, self.stored, strict=True):
            if one is not None:
                found.append({"index": index, "event_id": one.event_id.hex(), "deduplicated": one.is_duplicate})
        return sorted(found, key=lambda entry: int(entry["index"]))


def parse(raw: bytes, source: str, repeat_key: str) -> Batch:
    """The batch of a body: a JSON array when it begins with `[`, else one JSON text a line (LF or CRLF).

    Errors: Rejected for a body that is no UTF-8, no JSON array, or holds more than `MOST_RECORDS`.
    """
    text = raw.removeprefix(BOM).strip()
    if not text:
        return Batch()
    received_us = clock.now_us()

    def record(index: int, value: Any) -> Record:
        foreign = key_of("key", repeat_key, str(index)) if repeat_key else None
        decoded = canonical.decode(value) if isinstance(value, bytes) else value
        received = received_us + index  # a microsecond each: equal events without stamps stay events of their own
        return record_of(decoded, received_us=received, source=source, foreign_key=foreign)

    return checked(_array(text) if text.startswith(b"[") else _lines(text), record)


def checked(values: Iterable[tuple[int, Any]], record: Callable[[int, Any], Record]) -> Batch:
    """The batch of numbered values, of which `record` makes records; what it rejects is an error of the batch."""
    batch = Batch()
    for index, value in values:
        try:
            found = record(index, value)
        except NotJson as rejected:
            batch.errors.append((index, f"invalid JSON: {rejected.reason}"))
        except Rejected as rejected:
            batch.errors.append((index, rejected.reason))
        else:
            batch.records.append(found)
            batch.indexes.append(index)
    for _, reason in batch.errors:
        journal.refuse(reason)
    return batch


def numbered(values: list[Any]) -> Iterable[tuple[int, Any]]:
    """The values counted from 1. Errors: TooMany."""
    if len(values) > MOST_RECORDS:
        raise TooMany
    return enumerate(values, 1)


def _array(text: bytes) -> Iterable[tuple[int, Any]]:
    return numbered(canonical.decode(text))


def _lines(text: bytes) -> Iterable[tuple[int, bytes]]:
    return ((index, line) for index, line in numbered(text.split(b"\n")) if line.strip())


async def store_records(batch: Batch) -> None:
    """Store the records in transactions of up to `MOST_ROWS`, between which other writers pass.

    A store that fails before anything is stored raises; later its records are errors, and may be sent again.
    """
    for start in range(0, len(batch.records), MOST_ROWS):
        try:
            await _store(batch, batch.records[start : start + MOST_ROWS])
        except (DatabaseError, Failure) as error:
            if not any(batch.stored):
                raise
            batch.failure = error if isinstance(error, Failure) else db.failure_of(error)
            _fail_rest(batch, f"store failed: {batch.failure.message}")
            return


async def _store(batch: Batch, records: list[Record]) -> None:
    """Store the next records. When the database refuses something in them, only that record fails."""
    try:
        batch.stored += await db.in_write(store.write, records)
    except (DataError, IntegrityError):
        if len(records) > 1:
            for record in records:
                await _store(batch, [record])
            return
        batch.errors.append((batch.indexes[len(batch.stored)], REFUSED))
        batch.stored.append(None)


def _fail_rest(batch: Batch, reason: str) -> None:
    rest = batch.indexes[len(batch.stored) :]
    batch.stored += [None] * len(rest)
    batch.errors += [(index, reason) for index in rest]
