"""Creating, changing and deleting agents, with the rights they hold."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction

from pulse_project.core import auth, clock, db, names, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.identity.guards import (
    demand_confirmation,
    demand_operator_grant,
    demand_other_agent,
    demand_version,
)
from pulse_project.core.identity.permissions import complete
from pulse_project.core.logs_format import echoed
from pulse_project.core.models import Agent, PermissionPreset
from pulse_project.core.principals import Caller

FULL = "builtin:full"


class AgentFields(TypedDict, total=False):
    """What can be said about an agent; what is absent stays. `permissions` null = everything allowed.

    `board_permissions` are the granted flags of boards, checked by who passes them; null = everything published.
    """

    name: str
    role: str | None
    capabilities: Any
    metadata: Any
    description: str
    objective: str
    is_active: bool
    is_operator: bool
    preset_id: str | None
    permissions: Mapping[str, Any] | None
    board_preset: PermissionPreset | None
    board_permissions: list[str] | None


RIGHTS = frozenset({"preset_id", "permissions", "is_operator", "board_preset", "board_permissions"})


def create_agent(caller: Caller, agent_id: str, **fields: Unpack[AgentFields]) -> Agent:
    """A new agent; without preset or permissions it may do everything agents may. Event: agent.created.

    Errors: VALIDATION_ERROR, CONFLICT (the id exists), NOT_FOUND (preset), PERMISSION_DENIED, AUTH_REQUIRED (both:
    operator rights).
    """
    agent = Agent(
        agent_id=names.checked_agent_id(agent_id, in_path=True), created_at=clock.now(), updated_at=clock.now()
    )
    return insert(caller, agent, fields)


def insert(caller: Caller, agent: Agent, fields: AgentFields) -> Agent:
    _apply(caller, agent, {"permissions": None, **fields} if "preset_id" not in fields else fields)
    try:
        with transaction.atomic():
            agent.save(force_insert=True)
    except IntegrityError as error:
        raise Failure(Code.CONFLICT, "An agent with that agent_id exists.", agent_id=echoed(agent.agent_id)) from error
    _announce("agent.created", caller, agent, is_operator=agent.is_operator)
    return agent


def update_agent(
    caller: Caller, agent_id: str, *, expected_version: int | None = None, **fields: Unpack[AgentFields]
) -> Agent:
    """Change what is given. Event: agent.updated with the names of the changed fields, never their values.

    Errors: NOT_FOUND, VERSION_CONFLICT, VALIDATION_ERROR, PERMISSION_DENIED, AUTH_REQUIRED.
    """
    agent = locked(agent_id)
    demand_version(expected_version, agent.revision, "agent")
    if not RIGHTS.isdisjoint(fields):
        demand_other_agent(caller, agent)
    _apply(caller, agent, fields)
    agent.revision += 1
    agent.updated_at = clock.now()
    agent.save()
    _announce("agent.updated", caller, agent, changed=sorted(fields), is_active=agent.is_active)
    return agent


def set_permissions(
    caller: Caller, agent_id: str, permissions: Mapping[str, Any] | None, *, expected_version: int | None = None
) -> Agent:
    """Store a complete set: a partial document is laid over "everything allowed", null is that set itself."""
    return update_agent(caller, agent_id, expected_version=expected_version, permissions=permissions)


def delete_agent(caller: Caller, agent_id: str) -> None:
    """Delete the agent and its keys; events keep its id as text. Event: agent.deleted. Errors: NOT_FOUND."""
    agent = locked(agent_id)
    if agent.is_operator:
        demand_operator_grant(caller, agent)
    _announce("agent.deleted", caller, agent)
    agent.delete()


def locked(agent_id: str) -> Agent:
    agent = Agent.objects.select_for_update().filter(agent_id=agent_id).first()
    if agent is None:
        raise Failure(Code.NOT_FOUND, "No such agent.", agent_id=echoed(agent_id))
    return agent


def _apply(caller: Caller, agent: Agent, fields: AgentFields) -> None:
    for field in ("role", "capabilities", "metadata", "description", "objective", "is_active"):
        if field in fields:
            setattr(agent, field, fields[field])
    if "board_preset" in fields:
        agent.board_preset = fields["board_preset"]
    if "board_permissions" in fields:
        agent.board_permissions = fields["board_permissions"]
    if "name" in fields:
        agent.name = names.checked(fields["name"], "name") if fields["name"] else ""
    wants_operator = fields.get("is_operator", agent.is_operator)
    if wants_operator != agent.is_operator:
        demand_confirmation(caller)
        demand_operator_grant(caller, agent if agent.pk else None)
        agent.is_operator = wants_operator
    _apply_permissions(agent, fields)


def _apply_permissions(agent: Agent, fields: AgentFields) -> None:
    """A preset is copied; a document of its own ends the reference to the preset."""
    if "preset_id" not in fields and "permissions" not in fields:
        return
    preset = _preset(fields["preset_id"]) if fields.get("preset_id") else None
    document = fields.get("permissions")
    if preset is None and document is None:
        preset = PermissionPreset.objects.filter(preset_id=FULL).first()
    agent.bus_permissions = complete(document, preset.flags if preset else None)
    agent.bus_preset = preset


def _preset(preset_id: Any) -> PermissionPreset:
    preset = PermissionPreset.objects.filter(preset_id=preset_id, scope=PermissionPreset.Scope.BUS).first()
    if preset is None:
        raise Failure(Code.NOT_FOUND, "No such preset.", preset_id=echoed(str(preset_id)))
    return preset


def _announce(event: str, caller: Caller, agent: Agent, **payload: Any) -> None:
    outbox.emit(
        event,
        caller=caller,
        entity=("agent", agent.agent_id),
        revision=agent.revision,
        agent_id=agent.agent_id,
        **payload,
    )
    db.after_commit(auth.forget)
