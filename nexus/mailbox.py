"""Reading inboxes without changing them."""

from collections.abc import Collection

from nexus import directory, letters, limits, sql
from nexus.letters import COLUMNS, TABLES, Delivered

_SIZES = sql.Statement(
    "SELECT unread, delivered, read, (SELECT COUNT(*) FROM nexus_messagedelivery WHERE recipient = %s AND lane = 1"
    " AND lease_us < %s) FROM nexus_lanecount WHERE agent_id = %s"
)
_LANE = (
    "SELECT * FROM (SELECT id FROM nexus_messagedelivery WHERE recipient = %s AND lane = {lane}"
    " ORDER BY id LIMIT %s) AS {name}"
)
_PENDING = sql.Statement(" UNION ALL ".join(_LANE.format(lane=lane, name=f"lane{lane}") for lane in (0, 1)))
_PENDING_AND_PARKED = sql.Statement(
    " UNION ALL ".join(_LANE.format(lane=lane, name=f"lane{lane}") for lane in (0, 1, 3))
)
_HISTORY = f"SELECT {COLUMNS} FROM {TABLES} WHERE d.recipient = %s AND d.lane = 2"  # noqa: S608 - constants
_NEWEST = " ORDER BY d.read_us DESC, d.id DESC LIMIT %s"
_FIRST_PAGE = sql.Statement(_HISTORY + _NEWEST)
_NEXT_PAGE = sql.Statement(_HISTORY + " AND (d.read_us, d.id) < (%s, %s)" + _NEWEST)


def sizes(agent_id: str, cutoff: int) -> tuple[int, int, int]:
    """Unread, in flight, read: stored counters, with lapsed leases counted as unread."""
    row = sql.row(_SIZES, agent_id, cutoff, agent_id)
    if row is None:
        return 0, 0, 0
    unread, delivered, read, lapsed = row
    return unread + lapsed, delivered - lapsed, read


def pending(agent_id: str, *, limit: int, include_parked: bool) -> list[Delivered]:
    """Unread and leased deliveries (and parked ones), oldest first."""
    statement = _PENDING_AND_PARKED if include_parked else _PENDING
    lanes = 3 if include_parked else 2
    pks = sorted(row[0] for row in sql.rows(statement, *[agent_id, limit] * lanes))[:limit]
    return letters.read(pks)


def history(agent_id: str, *, before: tuple[int, ...] | None, limit: int) -> list[Delivered]:
    """Read deliveries, newest first, below the position `before` (read_us, key)."""
    if before is None:
        return [Delivered(*row) for row in sql.rows(_FIRST_PAGE, agent_id, limit)]
    return [Delivered(*row) for row in sql.rows(_NEXT_PAGE, agent_id, *before, limit)]


def reachable(agent_ids: Collection[str]) -> set[str]:
    """Those of `agent_ids` that are registered and have room in their inbox."""
    known = directory.registered(agent_ids)
    return known - limits.full_inboxes(known)
