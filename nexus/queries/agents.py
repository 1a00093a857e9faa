"""Agents as operators see them."""

from typing import Any, TypedDict

from django.db.models import Count, Q, QuerySet

from pulse_project.core import clock, presence
from pulse_project.core.models import Agent


class AgentRow(TypedDict):
    agent_id: str
    role: str | None
    capabilities: Any
    metadata: Any
    is_active: bool
    is_operator: bool
    has_key: bool
    created_at: str | None
    last_seen_at: str | None
    permissions: Any
    preset_id: str | None
    version: int


def with_keys() -> QuerySet[Agent]:
    """Agents, each with the number of its live keys."""
    live = Q(keys__isnull=False, keys__revoked_at__isnull=True)
    return Agent.objects.select_related("bus_preset").annotate(live_keys=Count("keys", filter=live))


def agent_row(agent: Any) -> AgentRow:
    """`agent` comes from `with_keys`."""
    stored = clock.to_us(agent.last_seen_at) if agent.last_seen_at else None
    seen = presence.last_seen_us(agent.agent_id) or stored
    return {
        "agent_id": agent.agent_id,
        "role": agent.role,
        "capabilities": agent.capabilities,
        "metadata": agent.metadata,
        "is_active": agent.is_active,
        "is_operator": agent.is_operator,
        "has_key": agent.live_keys > 0,
        "created_at": clock.iso(clock.to_us(agent.created_at)),
        "last_seen_at": clock.iso(seen),
        "permissions": agent.bus_permissions,
        "preset_id": agent.bus_preset.preset_id if agent.bus_preset else None,
        "version": agent.revision,
    }
