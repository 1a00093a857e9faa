"""What happens to a handoff: created, claimed by exactly one, resolved. Inside a write transaction."""

from dataclasses import dataclass
from typing import Any

from nexus import directory, handoff_events, handoff_pool, handoff_rows, leases, limits, notices, sql, targets
from nexus.handoff_rows import HandoffRow
from nexus.handoff_states import Status, Verb, check_cancel, check_complete, check_reject, next_status
from nexus.ids import ordered_id
from nexus.log import VISIBILITIES
from nexus.routing import is_eligible
from nexus.targets import Strategy, Target
from nexus.workspaces import WorkspaceRef
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller

MAX_OPEN_PER_AGENT = 1_000

_INSERT = sql.Statement(
    "INSERT INTO nexus_handoff (handoff_id, workspace_id, from_agent_id, actor_key_agent, from_session_id, target,"
    " visibility, status, claim_epoch, fallback_us, payload, created_us, updated_us)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, 'OPEN', 0, %s, %s, %s, %s)"
)
_OPEN_OF = sql.Statement(
    "SELECT count(*) FROM (SELECT 1 FROM nexus_handoff WHERE from_agent_id = %s AND status = 'OPEN' LIMIT %s) AS opened"
)
_IN_ORDER = sql.Statement("SELECT pg_advisory_xact_lock(1851880295)")
CLAIM = sql.Statement(
    "UPDATE nexus_handoff SET status = 'CLAIMED', claimed_by = %s, claim_epoch = claim_epoch + 1, claimed_us = %s,"
    " lease_us = %s, updated_us = %s WHERE handoff_id = %s AND status = 'OPEN' AND workspace_id = %s"
    " RETURNING claim_epoch"
)
_COMPLETE = sql.Statement(
    "UPDATE nexus_handoff SET status = 'COMPLETED', lease_us = NULL, result = %s, updated_us = %s"
    " WHERE id = %s AND status = 'CLAIMED' AND claim_epoch = %s"
)
_REJECT = sql.Statement(
    "UPDATE nexus_handoff SET status = 'REJECTED', lease_us = NULL, rejected_reason = %s, updated_us = %s"
    " WHERE id = %s AND status = %s AND claim_epoch = %s"
)
_CANCEL = sql.Statement(
    "UPDATE nexus_handoff SET status = 'CANCELLED', updated_us = %s WHERE id = %s AND status = 'OPEN'"
)


@dataclass(frozen=True, slots=True)
class Work:
    """A handoff before it is stored. `payload` is the text that the row keeps."""

    from_agent_id: str
    target: Target
    target_text: str
    visibility: str
    payload: str | None
    session_id: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """A stored handoff, who was told, and for pools how many registered agents may claim it now."""

    row: HandoffRow
    notified: list[str]
    eligible_count: int | None


def opaque(value: Any, field: str) -> str | None:
    """What is kept of a payload or result: a string as it is, null as nothing, anything else as JSON text.

    Errors: CONTENT_TOO_LARGE, VALIDATION_ERROR.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        return limits.json_text(value, field)
    if "\0" in value:
        raise Failure(Code.VALIDATION_ERROR, f"{field} must not contain a NUL character.", field=field)
    limits.check_inline(value, field)
    return value


def parse_target(value: Any) -> tuple[Target, str]:
    """A handoff's target, which must be given, and the text that its row keeps. Errors: VALIDATION_ERROR."""
    if targets.is_blank(value):
        raise Failure(Code.VALIDATION_ERROR, "target is required: an object with a strategy.", field="target")
    target = targets.parse(value)
    return target, limits.json_text(targets.as_object(value), "target")


def create(work: Work, workspace: WorkspaceRef, caller: Caller) -> Made:
    """Store an open handoff, index it and tell whom it names. Errors: NOT_FOUND, RATE_LIMITED."""
    _check_target(work.target)
    opened = sql.row(_OPEN_OF, work.from_agent_id, MAX_OPEN_PER_AGENT)
    if opened and opened[0] >= MAX_OPEN_PER_AGENT:
        raise Failure(
            Code.RATE_LIMITED,
            "This agent has as many open handoffs as one may have. Cancel some, or wait until some are claimed.",
            reason="open_handoffs",
            limit=MAX_OPEN_PER_AGENT,
        )
    if not sql.is_sqlite():  # numbers must appear in order, or a cursor would pass one that is not committed yet
        sql.rows(_IN_ORDER)
    now_us = clock.now_us()
    row_id = ordered_id("hof")
    sql.change(
        _INSERT, row_id, workspace.pk, work.from_agent_id, caller.agent_id or "", work.session_id, work.target_text,
        int(VISIBILITIES[work.visibility]), _fallback_us(work.target, now_us), work.payload, now_us, now_us,
    )  # fmt: skip
    row = handoff_rows.find(row_id, workspace)
    handoff_pool.enter(row)
    handoff_pool.count(workspace.pk, opened=1)
    handoff_events.tell(row, handoff_events.CREATED, caller=caller, actor=row.from_agent_id, status=Status.OPEN)
    is_pool = work.target.strategy is not Strategy.DIRECT
    eligible_count = len(directory.roll().matching(work.target)) if is_pool else None
    return Made(row, notices.directed(row, caller), eligible_count)


def _check_target(target: Target) -> None:
    if target.strategy is Strategy.DIRECT and not directory.is_registered(target.agent_id):
        sentence = "The target agent is not registered. Use direct_with_fallback for one that will register later."
        raise Failure(Code.NOT_FOUND, sentence, field="target.agent_id")


def _fallback_us(target: Target, created_us: int) -> int | None:
    """When the first fallback of the target begins."""
    delays = [leaf.fallback_after_us for leaf in target.leaves() if leaf.strategy is Strategy.DIRECT_WITH_FALLBACK]
    return created_us + min(delays) if delays else None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A won claim; `claim_epoch` tells it from every other claim of the same handoff."""

    row: HandoffRow
    claim_epoch: int
    lease_us: int


def claim(row: HandoffRow, agent_id: str, workspace: WorkspaceRef, caller: Caller) -> Claimed:
    """Take an open handoff: one conditional UPDATE decides who wins.

    Errors: NOT_ELIGIBLE_TO_CLAIM before HANDOFF_ALREADY_CLAIMED.
    """
    now_us = clock.now_us()
    reader = directory.reader(agent_id)
    if not is_eligible(row.target, reader, created_us=row.created_us, now_us=now_us):
        raise Failure(Code.NOT_ELIGIBLE_TO_CLAIM, "This handoff's target does not admit that agent.", field="agent_id")
    lease_us = leases.lease_until_us(now_us)
    won = sql.row(CLAIM, agent_id, now_us, lease_us, now_us, row.handoff_id, workspace.pk)
    if won is None:
        current = handoff_rows.find(row.handoff_id, workspace)
        raise Failure(
            Code.HANDOFF_ALREADY_CLAIMED,
            "Another claim came first, or this handoff is over. Look for another with handoff_list_available.",
            status=current.status_text,
        )
    handoff_pool.leave(row)
    handoff_pool.count(row.workspace_pk, opened=-1, claimed=1)
    details = {"claimed_by": agent_id, "claim_epoch": won[0], "lease_expires_at": clock.iso(lease_us)}
    handoff_events.tell(
        row, handoff_events.CLAIMED, caller=caller, actor=agent_id, status=Status.CLAIMED, details=details
    )
    return Claimed(row, won[0], lease_us)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who resolves a claim and, when it says so, which one: `claim_epoch` as handoff_claim answered it."""

    agent_id: str
    claim_epoch: int | None = None


def complete(row: HandoffRow, by: Resolution, result: str | None, caller: Caller) -> list[str]:
    """Finish a claim; the agents told. A lapsed claim that nobody reopened still counts.

    Errors: INVALID_TRANSITION, NOT_OWNER.
    """
    check_complete(status=row.status, claimed_by=row.claimed_by, agent_id=by.agent_id)
    _check_epoch(row, by)
    if sql.change(_COMPLETE, result, clock.now_us(), row.id, row.claim_epoch) == 0:
        raise _changed_meanwhile()
    handoff_pool.count(row.workspace_pk, claimed=-1)
    details = {"claimed_by": by.agent_id, "claim_epoch": row.claim_epoch}
    handoff_events.tell(
        row, handoff_events.COMPLETED, caller=caller, actor=by.agent_id, status=Status.COMPLETED, details=details
    )
    return notices.completed(row, by.agent_id, result, caller)


def reject(row: HandoffRow, by: Resolution, reason: str | None, caller: Caller) -> list[str]:
    """Decline a claim, or an open handoff directed at the agent; the agents told.

    Errors: INVALID_TRANSITION, NOT_OWNER.
    """
    direct = row.target.agent_id if row.target.strategy is Strategy.DIRECT else None
    check_reject(status=row.status, claimed_by=row.claimed_by, direct_target=direct, agent_id=by.agent_id)
    _check_epoch(row, by)
    if sql.change(_REJECT, reason, clock.now_us(), row.id, row.status_text, row.claim_epoch) == 0:
        raise _changed_meanwhile()
    if row.status is Status.OPEN:
        handoff_pool.leave(row)
        handoff_pool.count(row.workspace_pk, opened=-1)
    else:
        handoff_pool.count(row.workspace_pk, claimed=-1)
    handoff_events.tell(
        row, handoff_events.REJECTED, caller=caller, actor=by.agent_id, status=Status.REJECTED,
        details={"claimed_by": row.claimed_by, "reason": reason},
    )  # fmt: skip
    return notices.rejected(row, by.agent_id, reason, caller)


def cancel(row: HandoffRow, agent_id: str, reason: str | None, caller: Caller) -> None:
    """Retract an open handoff of one's own. Errors: NOT_OWNER before INVALID_TRANSITION."""
    check_cancel(status=row.status, creator=row.from_agent_id, agent_id=agent_id)
    _cancel(row, agent_id, reason, caller)


def cancel_as_operator(row: HandoffRow, reason: str | None, caller: Caller) -> None:
    """Retract anybody's handoff; a claim is taken back first. Errors: INVALID_TRANSITION."""
    if row.status is Status.CLAIMED:
        release(row, reason, caller)
    else:
        next_status(row.status, Verb.CANCEL)
    _cancel(row, "", reason, caller)


def release(row: HandoffRow, reason: str | None, caller: Caller) -> None:
    """Take a claim back before its lease runs out. Event: handoff.released. Errors: INVALID_TRANSITION."""
    next_status(row.status, Verb.EXPIRE)
    if not leases.reopen(row, handoff_events.RELEASED, caller=caller, reason=reason):
        raise _changed_meanwhile()


def _cancel(row: HandoffRow, actor: str, reason: str | None, caller: Caller) -> None:
    if sql.change(_CANCEL, clock.now_us(), row.id) == 0:
        raise _changed_meanwhile()
    handoff_pool.leave(row)
    handoff_pool.count(row.workspace_pk, opened=-1)
    handoff_events.tell(
        row, handoff_events.CANCELLED, caller=caller, actor=actor, status=Status.CANCELLED, details={"reason": reason}
    )


def _check_epoch(row: HandoffRow, by: Resolution) -> None:
    if by.claim_epoch is not None and by.claim_epoch != row.claim_epoch:
        raise Failure(
            Code.NOT_OWNER,
            "That claim is over: its lease ran out and the handoff was given away again.",
            field="claim_epoch",
            claim_epoch=row.claim_epoch,
        )


def _changed_meanwhile() -> Failure:
    return Failure(Code.INVALID_TRANSITION, "The handoff changed while this call ran. Read it with handoff_get.")
