"""How well agents coordinate: what stands still and what to do about it."""

from collections.abc import Sequence
from itertools import islice
from typing import TypedDict

from pydantic import Field

from nexus import coordination, directory, trust, workspaces
from nexus.catalog import catalog
from nexus.coordination import Inbox
from nexus.fields import AgentId, ProjectRoot
from nexus.handoff_rows import HandoffRow
from nexus.routing import Reader, can_see
from pulse_project.core import clock
from pulse_project.core.inputs import Input
from pulse_project.core.principals import Caller

DEFAULT_OPEN_SECONDS = 900
LISTED = 20


class CoordinationHealth(Input):
    """Which workspace, as which agent."""

    project_root: ProjectRoot
    agent_id: AgentId
    open_seconds: int = Field(
        DEFAULT_OPEN_SECONDS, ge=0, le=31_536_000, description="A handoff open for longer than this counts as stuck."
    )


class StuckHandoff(TypedDict):
    handoff_id: str
    from_agent_id: str
    claimed_by: str | None
    age_seconds: int


class StuckHandoffs(TypedDict):
    """`count` includes handoffs that this agent may not see; `items` lists the oldest it may."""

    count: int
    items: list[StuckHandoff]
    next_step: str


class WaitingInbox(TypedDict):
    agent_id: str
    unread: int
    in_flight: int
    parked: int
    last_seen_at: str | None


class WaitingInboxes(TypedDict):
    count: int
    items: list[WaitingInbox]
    next_step: str


class Coordination(TypedDict):
    """`is_capped`: there is more than one call looks at."""

    workspace_id: str
    healthy: bool
    is_capped: bool
    open_too_long: StuckHandoffs
    expired_leases: StuckHandoffs
    nobody_eligible: StuckHandoffs
    silent_agents: WaitingInboxes
    parked_messages: WaitingInboxes


@catalog.operation(needs="events.read")
def coordination_health(caller: Caller, data: CoordinationHealth) -> Coordination:
    """Find what stands still: stuck handoffs, silent agents with waiting messages, parked messages.

    Handoffs are those of the workspace, inboxes those of all agents. Changes nothing, lapsed claims included.

    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, NOT_OWNER, PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    workspace = workspaces.locate(data.project_root, caller)
    stuck = coordination.stuck_handoffs(workspace.pk, data.open_seconds)
    inboxes = coordination.waiting_inboxes()
    reader = directory.reader(data.agent_id)
    found = (stuck.open_too_long, stuck.expired_leases, stuck.nobody_eligible, inboxes.silent, inboxes.parked)
    return {
        "workspace_id": workspace.workspace_id,
        "healthy": not any(found),
        "is_capped": stuck.is_capped,
        "open_too_long": _handoffs(
            stuck.open_too_long, reader, "Claim one with handoff_claim, or retract your own with handoff_cancel."
        ),
        "expired_leases": _handoffs(
            stuck.expired_leases, reader, "handoff_list_available returns them to the pool; claim one there."
        ),
        "nobody_eligible": _handoffs(
            stuck.nobody_eligible, reader, "Register an agent that the target admits, or cancel and create anew."
        ),
        "silent_agents": _inboxes(
            inboxes.silent, "Do not send again. Ask whoever runs these agents, or hand the work to others."
        ),
        "parked_messages": _inboxes(inboxes.parked, "Their owners see them with inbox_peek(include_parked=true)."),
    }


def _handoffs(rows: Sequence[HandoffRow], reader: Reader, next_step: str) -> StuckHandoffs:
    visible = islice((row for row in rows if _is_visible(row, reader)), LISTED)
    return {"count": len(rows), "items": [_stuck(row) for row in visible], "next_step": next_step}


def _is_visible(row: HandoffRow, reader: Reader) -> bool:
    return reader.agent_id == row.claimed_by or can_see(
        visibility=row.visibility_level,
        target=row.target,
        reader=reader,
        actor=row.from_agent_id,
        created_us=row.created_us,
        now_us=clock.now_us(),
    )


def _stuck(row: HandoffRow) -> StuckHandoff:
    return {
        "handoff_id": row.handoff_id,
        "from_agent_id": row.from_agent_id,
        "claimed_by": row.claimed_by,
        "age_seconds": (clock.now_us() - row.created_us) // 1_000_000,
    }


def _inboxes(inboxes: Sequence[Inbox], next_step: str) -> WaitingInboxes:
    return {"count": len(inboxes), "items": [_inbox(inbox) for inbox in inboxes[:LISTED]], "next_step": next_step}


def _inbox(inbox: Inbox) -> WaitingInbox:
    return {
        "agent_id": inbox.agent_id,
        "unread": inbox.unread,
        "in_flight": inbox.in_flight,
        "parked": inbox.parked,
        "last_seen_at": clock.iso(inbox.last_seen_us),
    }
