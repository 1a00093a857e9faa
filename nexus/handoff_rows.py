"""Rows of handoffs: how they are fetched, and the shapes in which callers get them."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple, TypedDict

from nexus import grace, sql, suspicion, targets
from nexus.handoff_states import Status
from nexus.models import Visibility
from nexus.targets import Target
from nexus.workspaces import WorkspaceRef
from pulse_project.core import clock, conf
from pulse_project.core.errors import Code, Failure

_COLUMNS = (
    "id, handoff_id, workspace_id, from_agent_id, actor_key_agent, target, visibility, status, claimed_by, claim_epoch,"
    " lease_us, payload, result, rejected_reason, created_us, updated_us FROM nexus_handoff"
)
_BY_PUBLIC_ID = sql.Statement(f"SELECT {_COLUMNS} WHERE handoff_id = %s")
_BY_NUMBER = sql.Statement(f"SELECT {_COLUMNS} WHERE id {{in}} ORDER BY id")


class HandoffRow(NamedTuple):
    """One handoff as stored: `id` is its sequence number, `target` JSON text, `payload` and `result` opaque text."""

    id: int
    handoff_id: str
    workspace_pk: int
    from_agent_id: str
    actor_key_agent: str
    target_text: str
    visibility_level: int
    status_text: str
    claimed_by: str | None
    claim_epoch: int
    lease_us: int | None
    payload: str | None
    result: str | None
    rejected_reason: str | None
    created_us: int
    updated_us: int

    @property
    def status(self) -> Status:
        return Status(self.status_text)

    @property
    def target(self) -> Target:
        return _parsed(self.target_text)

    @property
    def visibility(self) -> str:
        return str(Visibility(self.visibility_level).label)

    @property
    def is_verified(self) -> bool:
        """Whether the creator's own key made it."""
        return self.actor_key_agent == self.from_agent_id

    @property
    def has_lapsed(self) -> bool:
        """Whether its claim's lease has run out; the row may still say CLAIMED."""
        cutoff_us = grace.cutoff_us(clock.now_us(), conf.current().handoff_lease_ttl_seconds)
        return self.status is Status.CLAIMED and self.lease_us is not None and self.lease_us < cutoff_us


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Target:
    return targets.parse(json.loads(text))


def find(handoff_id: str, workspace: WorkspaceRef) -> HandoffRow:
    """The handoff of that id in that workspace. Errors: NOT_FOUND, WORKSPACE_MISMATCH."""
    found = sql.row(_BY_PUBLIC_ID, handoff_id)
    if found is None:
        raise Failure(Code.NOT_FOUND, "No such handoff.", field="handoff_id")
    row = HandoffRow(*found)
    if row.workspace_pk != workspace.pk:
        raise Failure(Code.WORKSPACE_MISMATCH, "That handoff belongs to another workspace.", field="handoff_id")
    return row


def by_numbers(numbers: Iterable[int]) -> list[HandoffRow]:
    """The rows with these sequence numbers, in order."""
    return [HandoffRow(*row) for row in sql.rows(_BY_NUMBER, sql.many(numbers))]


class HandoffItem(TypedDict):
    """An open handoff in a list."""

    handoff_id: str
    status: str
    target: Any
    visibility: str
    from_agent_id: str
    sender_verified: bool
    payload: str | None
    flags: list[str]
    created_at: str


class HandoffDetail(TypedDict):
    """A handoff with its outcome."""

    handoff_id: str
    workspace_id: str
    status: str
    from_agent_id: str
    sender_verified: bool
    target: Any
    visibility: str
    claimed_by: str | None
    claim_epoch: int
    lease_expires_at: str | None
    payload: str | None
    result: str | None
    rejected_reason: str | None
    flags: list[str]
    created_at: str
    updated_at: str


def item(row: HandoffRow) -> HandoffItem:
    return {
        "handoff_id": row.handoff_id,
        "status": row.status_text,
        "target": json.loads(row.target_text),
        "visibility": row.visibility,
        "from_agent_id": row.from_agent_id,
        "sender_verified": row.is_verified,
        "payload": row.payload,
        "flags": suspicion.flags_of(row.payload or ""),
        "created_at": clock.iso(row.created_us) or "",
    }


def detail(row: HandoffRow, workspace: WorkspaceRef) -> HandoffDetail:
    """A claim whose lease has run out reads as open again, whether or not its row was changed."""
    claimed_by, lease_us = (None, None) if row.has_lapsed else (row.claimed_by, row.lease_us)
    return {
        "handoff_id": row.handoff_id,
        "workspace_id": workspace.workspace_id,
        "status": Status.OPEN.value if row.has_lapsed else row.status_text,
        "from_agent_id": row.from_agent_id,
        "sender_verified": row.is_verified,
        "target": json.loads(row.target_text),
        "visibility": row.visibility,
        "claimed_by": claimed_by,
        "claim_epoch": row.claim_epoch,
        "lease_expires_at": clock.iso(lease_us),
        "payload": row.payload,
        "result": row.result,
        "rejected_reason": row.rejected_reason,
        "flags": suspicion.flags_of(row.payload or "", row.result or "", row.rejected_reason or ""),
        "created_at": clock.iso(row.created_us) or "",
        "updated_at": clock.iso(row.updated_us) or "",
    }
