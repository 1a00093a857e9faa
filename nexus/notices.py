"""Notices about handoffs in the inboxes of those who wait for them, in the transaction of what they tell of."""

from collections.abc import Mapping
from typing import Any

from nexus import directory, limits, posting
from nexus.handoff_rows import HandoffRow
from nexus.targets import Strategy
from pulse_project.core.principals import Caller

DIRECTED = "handoff.directed"
COMPLETED = "handoff.completed"
REJECTED = "handoff.rejected"
DIRECTED_STRATEGIES = frozenset({Strategy.DIRECT, Strategy.DIRECT_WITH_FALLBACK})

_NEXT_STEP: Mapping[str, str] = {
    DIRECTED: "Claim it with handoff_claim, or decline it with handoff_reject.",
    COMPLETED: "Read the outcome with handoff_get.",
    REJECTED: "Read the reason with handoff_get; create another handoff if the work is still wanted.",
}
_SUBJECT: Mapping[str, str] = {
    DIRECTED: "A handoff for you",
    COMPLETED: "Your handoff was completed",
    REJECTED: "Your handoff was rejected",
}


def directed(row: HandoffRow, caller: Caller) -> list[str]:
    """Tell the agent that a directed handoff names; the agents told (none when it is not registered)."""
    if row.target.strategy not in DIRECTED_STRATEGIES:
        return []
    body = {"from_agent_id": row.from_agent_id, "payload": row.payload}
    return _drop(row, row.target.agent_id, row.from_agent_id, DIRECTED, body, caller)


def completed(row: HandoffRow, agent_id: str, result: str | None, caller: Caller) -> list[str]:
    """Tell the creator that its work is done, unless it did it itself."""
    return _outcome(row, agent_id, COMPLETED, {"by_agent_id": agent_id, "result": result}, caller)


def rejected(row: HandoffRow, agent_id: str, reason: str | None, caller: Caller) -> list[str]:
    """Tell the creator that its work was declined, unless it declined it itself."""
    return _outcome(row, agent_id, REJECTED, {"by_agent_id": agent_id, "reason": reason}, caller)


def _outcome(row: HandoffRow, agent_id: str, kind: str, body: Mapping[str, Any], caller: Caller) -> list[str]:
    return [] if agent_id == row.from_agent_id else _drop(row, row.from_agent_id, agent_id, kind, body, caller)


def _drop(
    row: HandoffRow, recipient: str, sender: str, kind: str, body: Mapping[str, Any], caller: Caller
) -> list[str]:
    if not directory.is_registered(recipient) or limits.full_inboxes([recipient]):
        return []
    status = {DIRECTED: "OPEN", COMPLETED: "COMPLETED", REJECTED: "REJECTED"}[kind]
    posting.notify(
        recipient,
        workspace=row.workspace_pk,
        sender=sender,
        subject=_SUBJECT[kind],
        body={"kind": kind, "handoff_id": row.handoff_id, "status": status, "next_step": _NEXT_STEP[kind], **body},
        caller=caller,
    )
    return [recipient]
