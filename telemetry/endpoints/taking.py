"""Taking in records of other protocols: checked off the loop when they are many, counted, stored, refused aloud."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from telemetry import admission, batches, journal
from telemetry.admission import Producer
from telemetry.batches import Batch
from telemetry.canonical import NotJson, Rejected, TooLarge
from telemetry.collector import collector
from telemetry.endpoints.bodies import INLINE_BYTES
from telemetry.record import Record
from telemetry.store import Stored

SHOWN: Final = 20  # reasons that an answer names
T = TypeVar("T")


async def take_one(sender: Producer, size_bytes: int, make: Callable[[], Record]) -> Stored:
    """Store the record that `make` reads from `size_bytes` of input.

    Errors: VALIDATION_ERROR and CONTENT_TOO_LARGE for what is no record, RATE_LIMITED, DB_ERROR.
    """
    try:
        record = await read(size_bytes, make)
    except Rejected as rejected:
        raise refused(rejected) from rejected
    admission.spend(sender, 1)
    return await collector().submit(record, is_relaxed=sender.is_relaxed(record.source))


async def take_many(sender: Producer, size_bytes: int, parse: Callable[[], Batch]) -> Batch:
    """Store the records of the batch that `parse` reads.

    Errors: as `take_one`, for what is no batch; DB_ERROR too when the store failed on the way: what is stored by then
    is met as a duplicate when the request is repeated.
    """
    try:
        batch = await read(size_bytes, parse)
    except Rejected as rejected:
        raise refused(rejected) from rejected
    admission.spend(sender, len(batch.records))
    await batches.store_records(batch)
    collector().say_soon()
    if batch.failure is not None:
        raise batch.failure
    return batch


async def read(size_bytes: int, function: Callable[[], T]) -> T:
    """The result of `function`, run in a thread when the input is large."""
    return await db.in_read(function) if size_bytes > INLINE_BYTES else function()


def refused(rejected: Rejected) -> Failure:
    """Note a refusal in the figures; answers what the sender is told."""
    journal.refuse(rejected.reason)
    collector().say_soon()
    if isinstance(rejected, TooLarge | batches.TooMany):
        return Failure(Code.CONTENT_TOO_LARGE, rejected.reason)
    if isinstance(rejected, NotJson):
        return Failure(Code.VALIDATION_ERROR, "the request body is not valid JSON")
    return Failure(Code.VALIDATION_ERROR, rejected.reason)


def refusals(batch: Batch) -> dict[str, Any]:
    """What an answer says beyond the protocol when some records were not stored: how many, and the first reasons.

    Errors: VALIDATION_ERROR when nothing was stored.
    """
    if not batch.errors:
        return {}
    if not any(batch.stored):
        raise Failure(Code.VALIDATION_ERROR, min(batch.errors)[1])
    shown = [{"index": index, "error": error} for index, error in sorted(batch.errors)[:SHOWN]]
    return {"rejected": len(batch.errors), "errors": shown}
