"""Events of handoffs: seen by those who see the handoff, by its creator and by its claimant. Never the payload."""

import json
from collections.abc import Mapping
from typing import Any

from nexus import log
from nexus.handoff_rows import HandoffRow
from nexus.handoff_states import Status
from pulse_project.core.principals import Caller

CREATED = "handoff.created"
CLAIMED = "handoff.claimed"
COMPLETED = "handoff.completed"
REJECTED = "handoff.rejected"
CANCELLED = "handoff.cancelled"
EXPIRED = "handoff.expired"
RELEASED = "handoff.released"
OPENING = frozenset({CREATED, EXPIRED, RELEASED})  # after these a handoff can be claimed; they carry its target


def tell(
    row: HandoffRow,
    event: str,
    *,
    caller: Caller,
    actor: str,
    status: Status,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append an event of the handoff `row`; members of `details` that are None are left out."""
    more = {name: value for name, value in (details or {}).items() if value is not None}
    if event in OPENING:
        more["target"] = json.loads(row.target_text)
        more["created_us"] = row.created_us
    concerned = (row.from_agent_id, row.claimed_by, more.get("claimed_by"))
    log.emit(
        row.workspace_pk,
        event,
        caller=caller,
        actor=actor,
        stream="handoff",
        visibility=row.visibility,
        target=row.target,
        handoff=row.handoff_id,
        concerns=[agent_id for agent_id in concerned if agent_id],
        payload={
            "handoff_id": row.handoff_id,
            "from_agent_id": row.from_agent_id,
            "status": status.value,
            **more,
        },
    )
