"""Handoffs as operators see them: who asked, who works, never the payload."""

import json
from collections.abc import Sequence
from typing import Any, TypedDict

from nexus import sql
from nexus.models import Handoff, Visibility
from pulse_project.core import clock

ROWS = 1000

_COLUMNS = (
    "h.handoff_id, w.workspace_id, h.status, h.created_us, h.updated_us, h.from_agent_id, h.claimed_by, h.target,"
    " h.visibility, h.lease_us, h.actor_key_agent"
)
_FROM = f"SELECT {_COLUMNS} FROM nexus_handoff h JOIN nexus_workspace w ON w.id = h.workspace_id"  # noqa: S608 - constants
_NEWEST = " ORDER BY h.id DESC LIMIT %s"
_RANGE = (
    "SELECT id FROM (SELECT id FROM nexus_handoff WHERE status = %s AND"
    " workspace_id = (SELECT id FROM nexus_workspace WHERE workspace_id = %s) ORDER BY id DESC LIMIT %s) AS range{n}"
)
_ALL = sql.Statement(_FROM + _NEWEST)
_OF_STATUS = sql.Statement(_FROM + " WHERE h.status = %s" + _NEWEST)
_LIVE = sql.Statement(_FROM + " WHERE h.status IN ('OPEN', 'CLAIMED')" + _NEWEST)  # as the partial index says it

_VISIBILITY = {visibility.value: visibility.label for visibility in Visibility}


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
    if workspace_id:
        return _of_workspace(workspace_id, [status] if status else Handoff.Status.values, ROWS)
    return _rows(sql.rows(_OF_STATUS, status, ROWS) if status else sql.rows(_ALL, ROWS))


def live_handoffs(workspace_id: str | None, limit: int) -> list[HandoffRow]:
    """What somebody may still take or finish, newest first."""
    if workspace_id:
        return _of_workspace(workspace_id, ["OPEN", "CLAIMED"], limit)
    return _rows(sql.rows(_LIVE, limit))


def _of_workspace(workspace_id: str, statuses: Sequence[str], limit: int) -> list[HandoffRow]:
    """One index range per status, so that the cost is the page's and not the pool's."""
    ranges = " UNION ALL ".join(_RANGE.format(n=n) for n in range(len(statuses)))
    statement = sql.Statement(f"{_FROM} WHERE h.id IN ({ranges}){_NEWEST}")
    values = [value for status in statuses for value in (status, workspace_id, limit)]
    return _rows(sql.rows(statement, *values, limit))


def _rows(found: Sequence[Sequence[Any]]) -> list[HandoffRow]:
    targets: dict[str, Any] = {}
    return [_row(values, targets) for values in found]


def _row(values: Sequence[Any], targets: dict[str, Any]) -> HandoffRow:
    """`targets` keeps what was parsed: a page of handoffs names few different ones."""
    handoff_id, workspace_id, status, created, updated, sender, claimant, target, visibility, lease, key_agent = values
    if target not in targets:
        targets[target] = json.loads(target)
    return {
        "handoff_id": handoff_id,
        "workspace_id": workspace_id,
        "status": status,
        "created_at": clock.iso(created),
        "updated_at": clock.iso(updated),
        "from_agent_id": sender,
        "claimed_by": claimant,
        "target": targets[target],
        "visibility": _VISIBILITY[visibility],
        "lease_expires_at": clock.iso(lease),
        "sender_verified": key_agent == sender,
    }
