"""Agents as boards show them."""

from typing import Any, TypedDict

from django.db.models import Count, Max, Q, QuerySet

from boards import role_summary
from boards.flags import document_of
from boards.instants import iso
from boards.models import BoardGrant
from boards.rights import granted_to
from pulse_project.core import clock, presence
from pulse_project.core.models import Agent


class Profile(TypedDict):
    """An agent as itself and its board see it. `id` is the name that records use; `permissions` is retired."""

    id: str
    name: str
    description: str
    objective: str
    is_active: bool
    permissions: None
    role_summary: str
    created_at: str | None
    last_used_at: str | None
    revision: int


class MemberAgent(Profile):
    """An agent on one board: its summary counts what the board takes away."""

    uuid: str
    permission_overrides: dict[str, Any]
    granted_by: str
    granted_at: str | None


class AgentRow(Profile):
    """An agent as operators see it."""

    uuid: str
    role: str | None
    is_operator: bool
    has_key: bool
    preset_id: str | None
    preset_name: str | None
    board_ids: list[str]


class AgentOut(AgentRow):
    """The same with every flag: `{group: {part: {flag: bool}}}`, before any board takes some away."""

    permission_flags: dict[str, Any]


def with_use() -> "QuerySet[Agent]":
    """Agents with their preset, the number of their live keys and when one was used last."""
    return Agent.objects.select_related("board_preset").annotate(
        live_keys=Count("keys", filter=Q(keys__revoked_at__isnull=True, keys__isnull=False)),
        key_used_at=Max("keys__last_used_at"),
    )


def profile(agent: Any, taken_away: tuple[str, ...] | list[str] = ()) -> Profile:
    """`agent` comes from `with_use`."""
    return {
        "id": agent.agent_id,
        "name": agent.name or agent.agent_id,
        "description": agent.description,
        "objective": agent.objective,
        "is_active": agent.is_active,
        "permissions": None,
        "role_summary": role_summary.of_agent(agent, taken_away),
        "created_at": iso(agent.created_at),
        "last_used_at": _last_used(agent),
        "revision": agent.revision,
    }


def _last_used(agent: Any) -> str | None:
    stored = clock.to_us(agent.key_used_at) if agent.key_used_at else None
    known = [moment for moment in (stored, presence.last_seen_us(agent.agent_id)) if moment is not None]
    return clock.iso(max(known)) if known else None


def member(grant: BoardGrant, agent: Any) -> MemberAgent:
    """`agent` is the grant's, from `with_use`."""
    return {
        **profile(agent, grant.overrides),
        "uuid": str(agent.uuid),
        "permission_overrides": overrides_document(grant.overrides),
        "granted_by": grant.granted_by,
        "granted_at": iso(grant.granted_at),
    }


def overrides_document(taken_away: list[str]) -> dict[str, Any]:
    """The published nested shape of what a board takes away: only flags that are false."""
    document: dict[str, Any] = {}
    for name in taken_away:
        *path, leaf = name.split(".")
        node = document
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = False
    return document


def rows_of(agents: list[Any]) -> list[AgentRow]:
    """Agents from `with_use`, with the boards that each may come to; one query."""
    boards: dict[int, list[str]] = {}
    grants = BoardGrant.objects.filter(agent__in=agents).order_by("granted_at", "id")
    for agent_pk, board_pk in grants.values_list("agent_id", "board_id"):
        boards.setdefault(agent_pk, []).append(str(board_pk))
    return [_row(agent, boards.get(agent.pk, [])) for agent in agents]


def _row(agent: Any, board_ids: list[str]) -> AgentRow:
    return {
        **profile(agent),
        "uuid": str(agent.uuid),
        "role": agent.role,
        "is_operator": agent.is_operator,
        "has_key": agent.live_keys > 0,
        "preset_id": agent.board_preset.preset_id if agent.board_preset else None,
        "preset_name": agent.board_preset.name if agent.board_preset else None,
        "board_ids": board_ids,
    }


def full(agent_pk: int) -> AgentOut:
    """One agent with every flag."""
    agent = with_use().get(pk=agent_pk)
    return {**rows_of([agent])[0], "permission_flags": document_of(granted_to(agent))}
