"""Leases of claimed handoffs: how long a claim holds, and what happens to one that nobody resolved in time.

Nothing runs by itself. Whoever looks at a workspace's handoffs first returns lapsed claims to the pool; an indexed
look-up decides whether there is anything to do, so that a read writes only then.
"""

import logging

from django.db import DatabaseError

from nexus import grace, handoff_events, handoff_pool, handoff_rows, sql
from nexus.handoff_rows import HandoffRow
from nexus.handoff_states import Status
from pulse_project.core import auth, clock, conf, db
from pulse_project.core.errors import Failure
from pulse_project.core.principals import Caller

REOPENED_AT_ONCE = 100
RECHECK_US = 1_000_000  # a lease that is over and still counts (grace after a sleep) is looked at again after this

logger = logging.getLogger("pulse.leases")

_LAPSED = sql.Statement(
    "SELECT id FROM nexus_handoff WHERE workspace_id = %s AND status = 'CLAIMED' AND lease_us < %s"
    " ORDER BY lease_us LIMIT %s"
)
_EARLIEST = sql.Statement(
    "SELECT lease_us FROM nexus_handoff WHERE workspace_id = %s AND status = 'CLAIMED' ORDER BY lease_us LIMIT 1"
)
_REOPEN = sql.Statement(
    "UPDATE nexus_handoff SET status = 'OPEN', claimed_by = NULL, claimed_us = NULL, lease_us = NULL, updated_us = %s"
    " WHERE id = %s AND status = 'CLAIMED' AND claim_epoch = %s"
)


def lease_until_us(now_us: int) -> int:
    """When a claim made now runs out."""
    return now_us + conf.current().handoff_lease_ttl_seconds * 1_000_000


def has_lapsed(workspace_pk: int) -> bool:
    """Whether some claim of the workspace has run out: one index look-up."""
    return bool(sql.rows(_LAPSED, workspace_pk, _cutoff_us(), 1))


def next_lapse_us(workspace_pk: int) -> int | None:
    """When the earliest lease of the workspace runs out."""
    found = sql.row(_EARLIEST, workspace_pk)
    return max(found[0] + 1, clock.now_us() + RECHECK_US) if found else None


def expire(workspace_pk: int) -> int:
    """Return lapsed claims to the pool, at most 100 at once; inside a write transaction. Event: handoff.expired."""
    numbers = [row[0] for row in sql.rows(_LAPSED, workspace_pk, _cutoff_us(), REOPENED_AT_ONCE)]
    caller = auth.system_caller()
    rows = handoff_rows.by_numbers(numbers) if numbers else []
    return sum(reopen(row, handoff_events.EXPIRED, caller=caller) for row in rows)


def _cutoff_us() -> int:
    return grace.cutoff_us(clock.now_us(), conf.current().handoff_lease_ttl_seconds)


def expire_if_needed(workspace_pk: int) -> None:
    """For reads: expire in a transaction of its own where a look-up found work.

    A store that takes no writes is no fault: the read then shows lapsed claims as open without changing them.
    """
    if not has_lapsed(workspace_pk):
        return
    try:
        with db.write_tx():
            expire(workspace_pk)
    except (Failure, DatabaseError) as fault:
        logger.warning("lapsed claims stay for now: %s", fault)


def reopen(row: HandoffRow, event: str, *, caller: Caller, reason: str | None = None) -> bool:
    """Take a claim back, if it is still the one in `row`; the handoff is open again and its claimant may be another."""
    if sql.change(_REOPEN, clock.now_us(), row.id, row.claim_epoch) == 0:
        return False
    handoff_pool.enter(row)
    handoff_pool.count(row.workspace_pk, opened=1, claimed=-1)
    details = {"claimed_by": row.claimed_by, "claim_epoch": row.claim_epoch, "reason": reason}
    handoff_events.tell(row, event, caller=caller, actor="", status=Status.OPEN, details=details)
    return True
