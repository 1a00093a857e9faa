"""Moving deliveries between lanes: claim, settle, renew, park. Every move keeps the counters, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nexus import grace, letters, sql
from nexus.letters import Delivered
from nexus.models import Lane
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure

MAX_ATTEMPTS = 5
_REASONS, _ECHOED = 50, 80  # what a refusal repeats of its arguments: ids, characters of each

_UNREAD = sql.Statement(
    "SELECT id FROM nexus_messagedelivery WHERE recipient = %s AND lane = 0 ORDER BY id LIMIT %s{skip}"
)
_LAPSED = sql.Statement(
    "SELECT id, attempts, lease_us FROM nexus_messagedelivery WHERE recipient = %s AND lane = 1 AND lease_us < %s"
    " ORDER BY lease_us, id LIMIT %s{skip}"
)
_CLAIM = sql.Statement(
    "UPDATE nexus_messagedelivery SET lane = 1, attempts = attempts + 1, delivered_us = %s, lease_us = %s WHERE id {in}"
)
_FORGIVE = sql.Statement("UPDATE nexus_messagedelivery SET attempts = attempts - 1 WHERE id {in}")
_PARK = sql.Statement("UPDATE nexus_messagedelivery SET lane = 3, lease_us = NULL WHERE id {in}")
_OF_MESSAGES = sql.Statement(
    "SELECT d.id, d.lane, d.lease_us, m.message_id FROM nexus_message m"
    " JOIN nexus_messagedelivery d ON d.message_id = m.id"
    " WHERE m.message_id {in} AND d.recipient = %s ORDER BY d.id{lock}"
)
_SETTLE = sql.Statement("UPDATE nexus_messagedelivery SET lane = 2, read_us = %s, lease_us = NULL WHERE id {in}")
_EXTEND = sql.Statement("UPDATE nexus_messagedelivery SET lease_us = %s WHERE id {in}")
_COUNT = sql.Statement(
    "UPDATE nexus_lanecount SET unread = unread + %s, delivered = delivered + %s, read = read + %s,"
    " parked = parked + %s WHERE agent_id = %s"
)
_PAIR = sql.Statement(
    "UPDATE nexus_messagepair SET unread = unread + %s, delivered = delivered + %s, done_us = COALESCE(%s, done_us)"
    " WHERE from_agent_id = %s AND to_agent_id = %s AND workspace_id = %s"
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What one pull did: what it returns, and of that what was pulled before; and what it parked instead."""

    messages: list[Delivered]
    returning: frozenset[int]
    parked: list[Delivered]


def pull(agent_id: str, *, limit: int, lease_us: int) -> Claimed:
    """Lease up to `limit` claimable deliveries until `lease_us`; one that was returned five times is parked instead.

    A lease that ended while the machine slept is no failed attempt.
    """
    unread = [row[0] for row in sql.rows(_UNREAD, agent_id, limit)]
    lapsed = sql.rows(_LAPSED, agent_id, letters.cutoff_us(), limit)
    slept_through = {pk for pk, _, lease_end in lapsed if grace.watch.hid(lease_end)}
    attempts: dict[int, int] = {pk: tried - (pk in slept_through) for pk, tried, _ in lapsed}
    chosen = sorted([*unread, *attempts])[:limit]
    parked = [pk for pk in chosen if attempts.get(pk, 0) >= MAX_ATTEMPTS]
    claimed = [pk for pk in chosen if attempts.get(pk, 0) < MAX_ATTEMPTS]
    if claimed:
        sql.change(_CLAIM, clock.now_us(), lease_us, sql.many(claimed))
    if slept_through.intersection(claimed):
        sql.change(_FORGIVE, sql.many(slept_through.intersection(claimed)))
    if parked:
        sql.change(_PARK, sql.many(parked))
    result = Claimed(letters.read(claimed), frozenset(attempts), letters.read(parked))
    fresh = [one for one in result.messages if one.pk not in attempts]
    book(agent_id, fresh, Lane.UNREAD, Lane.DELIVERED)
    book(agent_id, result.parked, Lane.DELIVERED, Lane.PARKED)
    return result


def settle(agent_id: str, message_ids: Iterable[str]) -> list[Delivered]:
    """Move unread and leased deliveries of these messages to history; answers those that moved."""
    rows = [
        row
        for row in sql.rows(_OF_MESSAGES, sql.many(message_ids), agent_id)
        if row[1] in (Lane.UNREAD, Lane.DELIVERED)
    ]
    if not rows:
        return []
    now_us = clock.now_us()
    sql.change(_SETTLE, now_us, sql.many(row[0] for row in rows))
    lane_before = {row[0]: row[1] for row in rows}
    settled = letters.read(list(lane_before))
    for lane in (Lane.UNREAD, Lane.DELIVERED):
        book(agent_id, [one for one in settled if lane_before[one.pk] == lane], lane, Lane.READ, done_us=now_us)
    return settled


def extend(agent_id: str, message_ids: list[str], *, lease_us: int) -> int:
    """Renew every lease or none. Errors: VALIDATION_ERROR with a reason per message id."""
    rows = {row[3]: row for row in sql.rows(_OF_MESSAGES, sql.many(message_ids), agent_id)}
    cutoff = letters.cutoff_us()
    reasons = {
        message_id: reason for message_id in message_ids if (reason := _unextendable(rows.get(message_id), cutoff))
    }
    if reasons:
        raise Failure(
            Code.VALIDATION_ERROR,
            "Only messages that you pulled and still hold can be extended. Nothing was extended.",
            field="message_ids",
            reasons={message_id[:_ECHOED]: reasons[message_id] for message_id in list(reasons)[:_REASONS]},
        )
    return sql.change(_EXTEND, lease_us, sql.many(row[0] for row in rows.values()))


def _unextendable(row: tuple[int, int, int | None, str] | None, cutoff: int) -> str | None:
    if row is None:
        return "not_in_your_inbox"
    match row[1]:
        case Lane.UNREAD:
            return "never_pulled"
        case Lane.READ:
            return "already_acknowledged"
        case Lane.PARKED:
            return "parked"
    return "lease_expired" if (row[2] or 0) < cutoff else None


def book(agent_id: str, moved: list[Delivered], start: Lane, end: Lane, *, done_us: int | None = None) -> None:
    """Book deliveries that went from one lane to another."""
    if not moved:
        return
    sql.change(_COUNT, *_steps(start, end, len(moved)).values(), agent_id)
    pairs = Counter((one.from_agent_id, one.workspace) for one in moved)
    sql.change_many(
        _PAIR,
        [
            (steps[Lane.UNREAD], steps[Lane.DELIVERED], done_us, sender, agent_id, workspace)
            for (sender, workspace), number in sorted(pairs.items())
            for steps in [_steps(start, end, number)]
        ],
    )


def _steps(start: Lane, end: Lane, number: int) -> Mapping[Lane, int]:
    return {lane: number * ((lane == end) - (lane == start)) for lane in Lane}
