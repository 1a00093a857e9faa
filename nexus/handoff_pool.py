"""The pool of open handoffs: an index entry for every key that may claim one, and the workspace's counters."""

from collections.abc import Sequence

from nexus import audience, sql
from nexus.handoff_rows import HandoffRow, by_numbers
from nexus.models import Stream
from nexus.routing import Reader
from pulse_project.core import clock

_COUNT = sql.Statement(
    "INSERT INTO nexus_workspacecount (workspace_id, open_handoffs, claimed_handoffs, open_tasks)"
    " VALUES (%s, %s, %s, 0)"
    " ON CONFLICT (workspace_id) DO UPDATE SET open_handoffs = nexus_workspacecount.open_handoffs + %s,"
    " claimed_handoffs = nexus_workspacecount.claimed_handoffs + %s"
)
_EARLIEST_FALLBACK = sql.Statement(
    "SELECT fallback_us FROM nexus_handoff WHERE workspace_id = %s AND status = 'OPEN' AND fallback_us > %s"
    " ORDER BY fallback_us LIMIT 1"
)


def enter(row: HandoffRow) -> None:
    """The handoff is open: whoever its target admits finds it."""
    keys = audience.target_keys(row.target, created_us=row.created_us)
    audience.add(audience.rows(row.workspace_pk, int(Stream.OPEN_HANDOFFS), row.id, keys))


def leave(row: HandoffRow) -> None:
    """The handoff is not open any more."""
    keys = audience.target_keys(row.target, created_us=row.created_us)
    audience.remove(row.workspace_pk, int(Stream.OPEN_HANDOFFS), row.id, keys)


def count(workspace_pk: int, *, opened: int = 0, claimed: int = 0) -> None:
    """Move the counters of a workspace."""
    sql.change(_COUNT, workspace_pk, max(opened, 0), max(claimed, 0), opened, claimed)


def available(workspace_pk: int, reader: Reader, *, after: int, limit: int) -> Sequence[HandoffRow]:
    """Open handoffs above `after` that the reader sees and may claim: one index range per key of the reader."""
    numbers = audience.visible(
        workspace_pk,
        Stream.OPEN_HANDOFFS,
        audience.reader_keys(reader),
        after=after,
        limit=limit,
        now_us=clock.now_us(),
    )
    return by_numbers(numbers) if numbers else []


def next_fallback_us(workspace_pk: int) -> int | None:
    """When the next fallback of an open handoff begins."""
    found = sql.row(_EARLIEST_FALLBACK, workspace_pk, clock.now_us())
    return found[0] if found else None
