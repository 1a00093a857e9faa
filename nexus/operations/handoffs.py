"""Handoffs: units of work that exactly one agent takes."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import Field

from nexus import directory, handoff_rows, handoffs, leases, limits, seen, suspicion, trust, workspaces
from nexus.catalog import catalog
from nexus.fields import AgentId, MaybeId, MaybeText, ProjectRoot, PublicId, SessionId, SessionSecret
from nexus.handoff_rows import HandoffDetail, HandoffRow
from nexus.routing import can_see
from nexus.workspaces import WorkspaceRef
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Input
from pulse_project.core.principals import IDENTITY, Caller

ClaimEpoch = Annotated[
    int | None, Field(ge=1, description="As handoff_claim answered it: refuses a claim that was given away meanwhile.")
]


class HandoffCreate(Input):
    """The work, who may take it and who may see it."""

    project_root: ProjectRoot
    from_agent_id: AgentId
    target: Any = Field(description='Who may claim, e.g. {"strategy": "capability", "capability": "ocr"}.')
    visibility: Literal["private", "eligible", "public"]
    payload: Any = Field(None, description="The work: a string comes back as it is, anything else as JSON text.")
    session_id: MaybeId = None


class HandoffNamed(Input):
    """One handoff, as one agent."""

    project_root: ProjectRoot
    handoff_id: PublicId
    agent_id: AgentId


class HandoffActed(HandoffNamed):
    """One handoff, as one agent with its credentials."""

    session_id: SessionId = None
    session_secret: SessionSecret = None


class HandoffComplete(HandoffActed):
    """A finished claim."""

    result: Any = Field(None, description="The outcome: a string comes back as it is, anything else as JSON text.")
    claim_epoch: ClaimEpoch = None


class HandoffReject(HandoffActed):
    """A declined handoff."""

    reason: MaybeText = None
    claim_epoch: ClaimEpoch = None


class HandoffCancel(HandoffActed):
    """A retracted handoff."""

    reason: MaybeText = None


class HandoffCreated(TypedDict):
    """`notified`: agents with a notice in their inbox. `eligible_count`, for pools: who may claim now."""

    handoff_id: str
    workspace_id: str
    status: str
    created_at: str
    notified: NotRequired[list[str]]
    eligible_count: NotRequired[int]
    warning: NotRequired[str]


class HandoffClaimed(TypedDict):
    handoff_id: str
    workspace_id: str
    status: str
    claimed_by: str
    claim_epoch: int
    lease_expires_at: str
    from_agent_id: str
    sender_verified: bool
    payload: str | None
    flags: list[str]


class HandoffResolved(TypedDict):
    handoff_id: str
    status: str
    notified: NotRequired[list[str]]


@catalog.operation(needs="handoffs.create", writes=True, before=workspaces.look_ahead)
def handoff_create(caller: Caller, data: HandoffCreate) -> HandoffCreated:
    """Offer a unit of work; the first eligible agent that claims it has it.

    A direct target must be registered and gets a notice in its inbox. A pool that matches nobody now is created with a
    warning: agents that register later may claim it. Read the outcome with handoff_get.

    Event: handoff.created.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, NOT_FOUND, CONTENT_TOO_LARGE, NOT_OWNER,
    RATE_LIMITED, PERMISSION_DENIED.
    """
    trust.bind(caller, data.from_agent_id)
    target, target_text = handoffs.parse_target(data.target)
    payload = handoffs.opaque(data.payload, "payload")
    workspace, _ = workspaces.ensure(data.project_root, caller)
    if data.session_id:
        trust.check_owner(data.from_agent_id, data.session_id)
    work = handoffs.Work(data.from_agent_id, target, target_text, data.visibility, payload, data.session_id or None)
    made = handoffs.create(work, workspace, caller)
    seen.stamp(caller, data.from_agent_id)
    return _created(made, workspace)


def _created(made: handoffs.Made, workspace: WorkspaceRef) -> HandoffCreated:
    answer: HandoffCreated = {
        "handoff_id": made.row.handoff_id,
        "workspace_id": workspace.workspace_id,
        "status": made.row.status_text,
        "created_at": clock.iso(made.row.created_us) or "",
    }
    if made.notified:
        answer["notified"] = made.notified
    if made.eligible_count is not None:
        answer["eligible_count"] = made.eligible_count
    if made.eligible_count == 0:
        answer["warning"] = (
            "No registered agent matches the target. The handoff stays open; handoff_cancel retracts it."
        )
    return answer


@catalog.operation(
    needs="handoffs.work",
    writes=True,
    guard=trust.guard,
    before=workspaces.look_ahead,
    untrusted=("payload",),
)
def handoff_claim(caller: Caller, data: HandoffActed) -> HandoffClaimed:
    """Claim an open handoff. Of all that try, exactly one wins; the claim holds until its lease runs out.

    Event: handoff.claimed; handoff.expired for claims whose lease ran out.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, NOT_FOUND, WORKSPACE_MISMATCH,
    NOT_ELIGIBLE_TO_CLAIM, HANDOFF_ALREADY_CLAIMED, NOT_OWNER, PERMISSION_DENIED.
    """
    workspace = workspaces.locate(data.project_root, caller)
    leases.expire(workspace.pk)
    row = handoff_rows.find(data.handoff_id, workspace)
    won = handoffs.claim(row, data.agent_id, workspace, caller)
    seen.stamp(caller, data.agent_id)
    return {
        "handoff_id": row.handoff_id,
        "workspace_id": workspace.workspace_id,
        "status": "CLAIMED",
        "claimed_by": data.agent_id,
        "claim_epoch": won.claim_epoch,
        "lease_expires_at": clock.iso(won.lease_us) or "",
        "from_agent_id": row.from_agent_id,
        "sender_verified": row.is_verified,
        "payload": row.payload,
        "flags": suspicion.flags_of(row.payload or ""),
    }


@catalog.operation(needs="handoffs.work", writes=True, guard=trust.guard, before=workspaces.look_ahead)
def handoff_complete(caller: Caller, data: HandoffComplete) -> HandoffResolved:
    """Finish a handoff that this agent holds; its creator finds the result with handoff_get and gets a notice.

    Event: handoff.completed.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, CONTENT_TOO_LARGE, NOT_FOUND,
    WORKSPACE_MISMATCH, INVALID_TRANSITION, NOT_OWNER, PERMISSION_DENIED.
    """
    result = handoffs.opaque(data.result, "result")
    row = handoff_rows.find(data.handoff_id, workspaces.locate(data.project_root, caller))
    notified = handoffs.complete(row, handoffs.Resolution(data.agent_id, data.claim_epoch), result, caller)
    seen.stamp(caller, data.agent_id)
    return _resolved(row, "COMPLETED", notified)


@catalog.operation(needs="handoffs.work", writes=True, guard=trust.guard, before=workspaces.look_ahead)
def handoff_reject(caller: Caller, data: HandoffReject) -> HandoffResolved:
    """Decline a handoff: its holder a claimed one, its direct target an open one. The creator gets a notice.

    Event: handoff.rejected.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, CONTENT_TOO_LARGE, NOT_FOUND,
    WORKSPACE_MISMATCH, INVALID_TRANSITION, NOT_OWNER, PERMISSION_DENIED.
    """
    reason = _reason(data.reason)
    row = handoff_rows.find(data.handoff_id, workspaces.locate(data.project_root, caller))
    notified = handoffs.reject(row, handoffs.Resolution(data.agent_id, data.claim_epoch), reason, caller)
    seen.stamp(caller, data.agent_id)
    return _resolved(row, "REJECTED", notified)


@catalog.operation(needs="handoffs.cancel", writes=True, guard=trust.guard, before=workspaces.look_ahead)
def handoff_cancel(caller: Caller, data: HandoffCancel) -> HandoffResolved:
    """Retract an open handoff that this agent created.

    Event: handoff.cancelled, with the reason.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, CONTENT_TOO_LARGE, NOT_FOUND,
    WORKSPACE_MISMATCH, NOT_OWNER, INVALID_TRANSITION, PERMISSION_DENIED.
    """
    reason = _reason(data.reason)
    workspace = workspaces.locate(data.project_root, caller)
    leases.expire(workspace.pk)
    row = handoff_rows.find(data.handoff_id, workspace)
    handoffs.cancel(row, data.agent_id, reason, caller)
    seen.stamp(caller, data.agent_id)
    return _resolved(row, "CANCELLED", [])


@catalog.operation(needs=IDENTITY, untrusted=("payload", "result", "rejected_reason"))
def handoff_get(caller: Caller, data: HandoffNamed) -> HandoffDetail:
    """Read one handoff with its outcome. Its creator and its claimant always may, others as its visibility says.

    A claim whose lease has run out reads as open again.

    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, NOT_FOUND, WORKSPACE_MISMATCH, NOT_OWNER,
    PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    workspace = workspaces.locate(data.project_root, caller)
    leases.expire_if_needed(workspace.pk)
    row = handoff_rows.find(data.handoff_id, workspace)
    if not _may_read(row, data.agent_id):
        raise Failure(Code.NOT_OWNER, "This handoff's visibility does not admit that agent.", field="agent_id")
    return handoff_rows.detail(row, workspace)


def _may_read(row: HandoffRow, agent_id: str) -> bool:
    if agent_id in (row.from_agent_id, row.claimed_by):
        return True
    return can_see(
        visibility=row.visibility_level,
        target=row.target,
        reader=directory.reader(agent_id),
        actor=row.from_agent_id,
        created_us=row.created_us,
        now_us=clock.now_us(),
    )


def _reason(reason: str | None) -> str | None:
    if reason is not None:
        limits.check_inline(reason, "reason")
    return reason


def _resolved(row: HandoffRow, status: str, notified: list[str]) -> HandoffResolved:
    answer: HandoffResolved = {"handoff_id": row.handoff_id, "status": status}
    if notified:
        answer["notified"] = notified
    return answer
