"""What this process took in since it last said so: figures per hour for the page, and a notice at most twice a second.

The figures are written apart from the events, so that neither a refusal nor a duplicate costs a transaction.
"""

import time
from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import Any, Final

from pulse_project.core import auth, clock, db, metrics, outbox
from pulse_project.core.statements import execute_many
from telemetry.instants import hour_of
from telemetry.record import UNKNOWN, Record
from telemetry.rollups.contributions import Row

ACCEPTED, DUPLICATE = "accepted", "duplicate"
EVERY_SECONDS: Final = 0.5
ENTITY: Final = ("telemetry", "stream")
MOST_TYPES: Final = 20  # named in a notice; the rest is one number
INGESTED, REJECTED = "event.ingested", "batch.rejected"

_UPSERT = (
    "INSERT INTO telemetry_outcome (utc, source, outcome, n) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (utc, source, outcome) DO UPDATE SET n = telemetry_outcome.n + excluded.n"
)

records_counter = metrics.counter("pulse_telemetry_records_total", "Records by outcome since the start.", "outcome")

commits_counter = metrics.counter("pulse_telemetry_commits_total", "Transactions that stored records.")


class _Pending:
    def __init__(self) -> None:
        self.outcomes: Counter[tuple[int, str, str]] = Counter()
        self.types: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.last_id = 0
        self.first_id = 0

    def is_empty(self) -> bool:
        return not self.outcomes


_lock = Lock()
_pending = _Pending()
_said = 0.0


def note(records: Sequence[Record], stored: Sequence[Any], fresh: Sequence[Row]) -> None:
    """Remember what a committed transaction stored."""
    hour = hour_of(clock.now_us())
    commits_counter.add()
    records_counter.add(ACCEPTED, amount=len(fresh))
    if len(fresh) < len(records):
        records_counter.add(DUPLICATE, amount=len(records) - len(fresh))
    with _lock:
        for record, one in zip(records, stored, strict=True):
            _pending.outcomes[hour, record.source, DUPLICATE if one.is_duplicate else ACCEPTED] += 1
        for row in fresh:
            _pending.types[row.event_type] += 1
        if fresh:
            _pending.last_id = max(_pending.last_id, fresh[-1].id)
            _pending.first_id = min(_pending.first_id or fresh[0].id, fresh[0].id)


def refuse(reason: str, *, source: str = UNKNOWN, count: int = 1) -> None:
    """Remember records that were not stored. `reason` is one of our constant sentences, `source` a checked label."""
    records_counter.add("rejected", amount=count)
    with _lock:
        _pending.outcomes[(hour_of(clock.now_us()), source, reason[:120])] += count
        _pending.reasons[reason[:120]] += count


def seconds_to_wait() -> float | None:
    """How long until the next notice may be written; None when there is nothing to say."""
    if _pending.is_empty():
        return None
    return max(0.0, _said + EVERY_SECONDS - time.monotonic())


def write() -> None:
    """Write figures and notices in a transaction of its own. Events: event.ingested, batch.rejected."""
    global _pending, _said
    with _lock:
        taken, _pending = _pending, _Pending()
        _said = time.monotonic()
    if taken.is_empty():
        return
    try:
        with db.write_tx():
            _write(taken)
    except BaseException:
        _put_back(taken)
        raise


def _write(taken: _Pending) -> None:
    execute_many(_UPSERT, [(*key, taken.outcomes[key]) for key in sorted(taken.outcomes)])
    caller = auth.system_caller()
    if taken.types:
        named = dict(taken.types.most_common(MOST_TYPES))
        outbox.emit(
            INGESTED,
            caller=caller,
            entity=ENTITY,
            count=taken.types.total(),
            types=named,
            others=taken.types.total() - sum(named.values()),
            first_id=taken.first_id,
            last_id=taken.last_id,
        )
    if taken.reasons:
        outbox.emit(REJECTED, caller=caller, entity=ENTITY, count=taken.reasons.total(), reasons=dict(taken.reasons))


def _put_back(taken: _Pending) -> None:
    with _lock:
        _pending.outcomes.update(taken.outcomes)
        _pending.types.update(taken.types)
        _pending.reasons.update(taken.reasons)
        _pending.last_id = max(_pending.last_id, taken.last_id)
        _pending.first_id = min(filter(None, (_pending.first_id, taken.first_id)), default=0)


def forget() -> None:
    """Drop what was not written yet: a test ends."""
    global _pending, _said
    with _lock:
        _pending, _said = _Pending(), 0.0
