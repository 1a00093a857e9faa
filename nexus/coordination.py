"""What stands still on the bus: handoffs nobody resolves, agents that do not read, messages given up on.

Every part looks at a bounded number of rows by index; what lies beyond is said by `is_capped`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nexus import directory, grace, handoff_rows, presence_windows, sql
from nexus.handoff_rows import HandoffRow
from pulse_project.core import clock, conf, presence
from pulse_project.core.models import Agent

EXAMINED = 50  # oldest open handoffs, lapsed claims, fullest inboxes that one call looks at

_OLDEST_OPEN = sql.Statement(
    "SELECT id FROM nexus_handoff WHERE workspace_id = %s AND status = 'OPEN' ORDER BY id LIMIT %s"
)
_LAPSED = sql.Statement(
    "SELECT id FROM nexus_handoff WHERE workspace_id = %s AND status = 'CLAIMED' AND lease_us < %s"
    " ORDER BY lease_us LIMIT %s"
)
_WAITING = sql.Statement(
    "SELECT agent_id, unread, delivered, parked FROM nexus_lanecount WHERE unread > 0 OR delivered > 0"
    " ORDER BY unread + delivered DESC, agent_id LIMIT %s"
)
_PARKED = sql.Statement(
    "SELECT agent_id, unread, delivered, parked FROM nexus_lanecount WHERE parked > 0"
    " ORDER BY parked DESC, agent_id LIMIT %s"
)
_LAST_BEAT = sql.Statement(
    "SELECT a.agent_id, max(s.last_heartbeat_us) FROM nexus_session s JOIN core_agent a ON a.id = s.agent_id"
    " WHERE a.agent_id {in} AND s.closed_us IS NULL GROUP BY a.agent_id"
)


@dataclass(frozen=True, slots=True)
class StuckHandoffs:
    """Oldest first. A handoff may be in more than one list."""

    open_too_long: Sequence[HandoffRow]
    expired_leases: Sequence[HandoffRow]
    nobody_eligible: Sequence[HandoffRow]
    is_capped: bool


class LaneSizes(NamedTuple):
    """Stored lane sizes of one agent."""

    agent_id: str
    unread: int
    in_flight: int
    parked: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for one agent, and when it was last seen (None: never)."""

    agent_id: str
    unread: int
    in_flight: int
    parked: int
    last_seen_us: int | None


@dataclass(frozen=True, slots=True)
class Inboxes:
    """Fullest first."""

    silent: Sequence[Inbox]
    parked: Sequence[Inbox]


def stuck_handoffs(workspace_pk: int, open_seconds: int) -> StuckHandoffs:
    """Handoffs open for over `open_seconds`, claims past their lease, and work that no registered agent may take."""
    now_us = clock.now_us()
    numbers = [row[0] for row in sql.rows(_OLDEST_OPEN, workspace_pk, EXAMINED + 1)]
    oldest = handoff_rows.by_numbers(numbers[:EXAMINED]) if numbers else []
    cutoff_us = grace.cutoff_us(now_us, conf.current().handoff_lease_ttl_seconds)
    lapsed = [row[0] for row in sql.rows(_LAPSED, workspace_pk, cutoff_us, EXAMINED + 1)]
    return StuckHandoffs(
        open_too_long=older_than(oldest, now_us - open_seconds * 1_000_000),
        expired_leases=handoff_rows.by_numbers(lapsed[:EXAMINED]) if lapsed else [],
        nobody_eligible=_without_takers(oldest),
        is_capped=len(numbers) > EXAMINED or len(lapsed) > EXAMINED,
    )


def older_than(rows: Iterable[HandoffRow], created_before_us: int) -> list[HandoffRow]:
    return [row for row in rows if row.created_us < created_before_us]


def _without_takers(rows: Sequence[HandoffRow]) -> list[HandoffRow]:
    """Those whose target matches no registered agent, fallbacks that are still to come included."""
    everybody = directory.roll() if rows else None
    wanted = {row.target_text: row.target for row in rows}
    idle = {text for text, target in wanted.items() if everybody and not everybody.matching(target)}
    return [row for row in rows if row.target_text in idle]


def waiting_inboxes() -> Inboxes:
    """Agents with waiting messages that were not seen within the presence window, and those with parked ones."""
    waiting = [LaneSizes(*row) for row in sql.rows(_WAITING, EXAMINED)]
    parked = [LaneSizes(*row) for row in sql.rows(_PARKED, EXAMINED)]
    seen = _last_seen({lanes.agent_id for lanes in (*waiting, *parked)})
    since_us = presence_windows.present_since_us()
    return Inboxes(
        silent=[inbox for inbox in _inboxes(waiting, seen) if is_silent(inbox, since_us)],
        parked=_inboxes(parked, seen),
    )


def is_silent(inbox: Inbox, since_us: int) -> bool:
    return inbox.last_seen_us is None or inbox.last_seen_us < since_us


def _inboxes(lanes: Sequence[LaneSizes], seen: Mapping[str, int]) -> list[Inbox]:
    return [Inbox(*sizes, seen.get(sizes.agent_id)) for sizes in lanes]


def _last_seen(agent_ids: Collection[str]) -> dict[str, int]:
    """The newest sign of life of each agent: a call, or a heartbeat of an open session."""
    if not agent_ids:
        return {}
    found: dict[str, int] = {}
    stored = Agent.objects.filter(agent_id__in=agent_ids, last_seen_at__isnull=False)
    calls = [(agent_id, clock.to_us(at)) for agent_id, at in stored.values_list("agent_id", "last_seen_at") if at]
    beats = sql.rows(_LAST_BEAT, sql.many(agent_ids))
    here = [(agent_id, presence.last_seen_us(agent_id)) for agent_id in agent_ids]
    for agent_id, at_us in (*calls, *beats, *here):
        if at_us is not None:
            found[agent_id] = max(at_us, found.get(agent_id, 0))
    return found
