"""Handoffs as operators see them: who asked, who works, never the payload."""

import json
from typing import Any, TypedDict

from nexus.models import Handoff, Visibility
from pulse_project.core import clock

ROWS = 1000


class HandoffRow(TypedDict):
    handoff_id: str
    workspace_id: str
    status: str
    created_at: str | None
    updated_at: str | None
    from_agent_id: str
    claimed_by: str | None
    target: Any
    visibility: str
    lease_expires_at: str | None
    sender_verified: bool


def list_handoffs(workspace_id: str | None, status: str | None) -> list[HandoffRow]:
    """Newest first, at most 1,000."""
    rows = Handoff.objects.select_related("workspace").order_by("-id")
    if workspace_id:
        rows = rows.filter(workspace__workspace_id=workspace_id)
    if status:
        rows = rows.filter(status=status)
    return [handoff_row(handoff) for handoff in rows[:ROWS]]


def handoff_row(handoff: Handoff) -> HandoffRow:
    return {
        "handoff_id": handoff.handoff_id,
        "workspace_id": handoff.workspace.workspace_id,
        "status": handoff.status,
        "created_at": clock.iso(handoff.created_us),
        "updated_at": clock.iso(handoff.updated_us),
        "from_agent_id": handoff.from_agent_id,
        "claimed_by": handoff.claimed_by,
        "target": json.loads(handoff.target),
        "visibility": Visibility(handoff.visibility).label,
        "lease_expires_at": clock.iso(handoff.lease_us),
        "sender_verified": handoff.actor_key_agent == handoff.from_agent_id,
    }
