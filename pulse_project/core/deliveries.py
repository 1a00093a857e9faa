"""Delivery rows of the outbox: claimed one by one, in order per subscriber and subject, given up after 8 attempts."""

import random
import traceback
from dataclasses import dataclass

from pulse_project.core import clock, db
from pulse_project.core.domain_log import SUBSCRIBERS, Subscriber
from pulse_project.core.models.log import DomainEvent
from pulse_project.core.statements import execute

ATTEMPTS = 8
_spread = random.SystemRandom()
LEASE_US = 300 * 1_000_000
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, GROWTH = 1.0, 3600.0, 4.0

# A row may go when no older row of the same subscriber and subject waits or runs. A failing head postpones its whole
# subject, so that blocked rows are not looked at again and again.
_NO_OLDER = (
    " AND NOT EXISTS (SELECT 1 FROM core_delivery older WHERE older.subscriber = d.subscriber"
    " AND older.subject = d.subject AND older.event_id < d.event_id AND older.state <> 'dead')"
)
_COLUMNS = "SELECT d.id, d.event_id, d.subscriber, d.subject, d.attempts FROM core_delivery d"
_NEXT_DUE = f"{_COLUMNS} WHERE d.state = 'pending' AND d.due_us <= %s{_NO_OLDER} ORDER BY d.due_us, d.id LIMIT 1"
_NEXT_ABANDONED = f"{_COLUMNS} WHERE d.state = 'running' AND d.lease_until_us < %s{_NO_OLDER} ORDER BY d.id LIMIT 1"
_CLAIM = (
    "UPDATE core_delivery SET state = 'running', attempts = attempts + 1, lease_until_us = %s"
    " WHERE id = %s AND (state = 'pending' OR (state = 'running' AND lease_until_us < %s))"
)
_POSTPONE = (
    "UPDATE core_delivery SET due_us = %s WHERE subscriber = %s AND subject = %s AND event_id > %s"
    " AND state = 'pending' AND due_us < %s"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this thread holds until its lease ends. `attempts` counts this one."""

    row: int
    event: int
    subscriber: str
    subject: str
    attempts: int


def claim_next() -> Claim | None:
    """Claim the next delivery that is due, or one whose holder died."""
    while True:
        now = clock.now_us()
        found = execute(_NEXT_DUE, (now,)).fetchone() or execute(_NEXT_ABANDONED, (now,)).fetchone()
        if found is None:
            return None
        row, event, subscriber, subject, attempts = found
        with db.write_tx():
            is_ours = execute(_CLAIM, (now + LEASE_US, row, now)).rowcount == 1
        if is_ours:
            return Claim(row, event, subscriber, subject, attempts + 1)


def deliver(claim: Claim) -> None:
    """Call the subscriber; close the delivery, or postpone it, or give it up."""
    subscriber = SUBSCRIBERS.get(claim.subscriber)
    if subscriber is None:
        _close(claim)
    elif claim.attempts > ATTEMPTS:
        _fail(claim, "the process ended inside the subscriber each time")
    else:
        _call(claim, subscriber)


def _call(claim: Claim, subscriber: Subscriber) -> None:
    event = DomainEvent.objects.get(seq=claim.event)
    try:
        if subscriber.atomic:
            with db.write_tx():
                subscriber.handler(event)
                _delete(claim)
            return
        subscriber.handler(event)
    except Exception as error:  # noqa: BLE001 - whatever a subscriber raises is kept with the delivery; others go on
        _fail(claim, traceback.format_exception_only(error)[-1].strip())
    else:
        _close(claim)


def _close(claim: Claim) -> None:
    with db.write_tx():
        _delete(claim)


def _delete(claim: Claim) -> None:
    execute("DELETE FROM core_delivery WHERE id = %s", (claim.row,))


def _fail(claim: Claim, reason: str) -> None:
    due = clock.now_us() + delay_us(claim.attempts)
    state = "dead" if claim.attempts >= ATTEMPTS else "pending"
    with db.write_tx():
        execute(
            "UPDATE core_delivery SET state = %s, due_us = %s, lease_until_us = NULL, last_error = %s WHERE id = %s",
            (state, due, reason[:2000], claim.row),
        )
        if state == "pending":
            execute(_POSTPONE, (due, claim.subscriber, claim.subject, claim.event, due))


def delay_us(attempts: int) -> int:
    """Pause before the next attempt: 1 s, 4 s, 16 s ... 1 h, each up to a fifth longer so that failures spread."""
    seconds = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * GROWTH ** (attempts - 1))
    return int(seconds * (1 + _spread.random() / 5) * 1_000_000)


def drain(limit: int = 0) -> int:
    """Deliver what is due, at most `limit` (0 = all); returns how many were attempted."""
    count = 0
    while not limit or count < limit:
        claim = claim_next()
        if claim is None:
            break
        deliver(claim)
        count += 1
    return count


def recover() -> int:
    """At the leader's start: free what a dead process held; close rows of removed subscribers and count them."""
    with db.write_tx():
        execute("UPDATE core_delivery SET state = 'pending', lease_until_us = NULL WHERE state = 'running'")
        names = [row[0] for row in execute("SELECT DISTINCT subscriber FROM core_delivery").fetchall()]
        gone = [name for name in names if name not in SUBSCRIBERS]
        return sum(execute("DELETE FROM core_delivery WHERE subscriber = %s", (name,)).rowcount for name in gone)
