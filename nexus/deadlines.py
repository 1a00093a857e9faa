"""Moments at which a handoff becomes claimable without a write: lapsing leases, beginning fallbacks.

Every process hears of them from the log and sets the hub's alarm; whoever waits for open handoffs then looks again.
"""

import json
from datetime import datetime
from functools import lru_cache

from nexus import handoff_events, targets
from nexus.event_rows import EventRow
from nexus.targets import Strategy, Target
from pulse_project.core import clock
from pulse_project.core.hub import Entry, hub, on_entry


def open_key(workspace_id: str) -> str:
    """The key under which waits for open handoffs of a workspace are woken by time."""
    return f"open:{workspace_id}"


@lru_cache(maxsize=1024)
def opened(payload: str) -> tuple[Target, int]:
    """The target and the creation time in the payload of an event after which a handoff can be claimed."""
    found = json.loads(payload)
    return targets.parse(found["target"]), int(found["created_us"])


def _on_claimed(entry: Entry) -> None:
    row: EventRow = entry.row
    lease_expires_at = json.loads(row.payload).get("lease_expires_at")
    if lease_expires_at is not None:
        hub().schedule(open_key(row.workspace_id), clock.to_us(datetime.fromisoformat(lease_expires_at)) + 1)


def _on_created(entry: Entry) -> None:
    row: EventRow = entry.row
    target, created_us = opened(row.payload)
    for leaf in target.leaves():
        if leaf.strategy is Strategy.DIRECT_WITH_FALLBACK:
            hub().schedule(open_key(row.workspace_id), created_us + leaf.fallback_after_us)


on_entry(handoff_events.CLAIMED, _on_claimed)
on_entry(handoff_events.CREATED, _on_created)
