"""Agents as other agents see them: register, find, list."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from pydantic import Field

from nexus import jsontext, limits, seen, trust
from nexus.catalog import catalog
from nexus.fields import AgentId, MaybeText
from nexus.routing import capability_names
from pulse_project.core import clock, flags, names, outbox, presence
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Input, NoInput
from pulse_project.core.models import Agent
from pulse_project.core.principals import IDENTITY, Caller, Kind

MAX_CAPABILITIES = 200


class AgentShape(TypedDict):
    agent_id: str
    role: str | None
    capabilities: Any
    metadata: Any
    created_at: str | None
    updated_at: NotRequired[str | None]
    last_seen_at: str | None


class AgentList(TypedDict):
    agents: list[AgentShape]


class Advertised(TypedDict):
    capability: str
    agent_count: int
    agents: list[str]


class CapabilityList(TypedDict):
    capabilities: list[Advertised]


class Profile(TypedDict):
    """Who a key is; `agent_id` is null for a caller that is no agent."""

    agent_id: str | None
    role: str | None
    capabilities: Any
    metadata: Any
    created_at: str | None
    last_seen_at: str | None
    principal: str
    is_active: bool
    preset_id: str | None
    permissions: Any


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else clock.iso(clock.to_us(moment))


def _last_seen(agent: Agent) -> str | None:
    """The newer of what is stored and what this process has seen since."""
    known_us = presence.last_seen_us(agent.agent_id)
    return _iso(agent.last_seen_at) if known_us is None else clock.iso(known_us)


def _shape(agent: Agent) -> AgentShape:
    return {
        "agent_id": agent.agent_id,
        "role": agent.role,
        "capabilities": agent.capabilities,
        "metadata": agent.metadata,
        "created_at": _iso(agent.created_at),
        "last_seen_at": _last_seen(agent),
    }


class Register(Input):
    agent_id: AgentId
    role: MaybeText = Field(None, description="What others address with a role target; compared exactly.")
    capabilities: Any = Field(None, description="A name, a list of names, or an object whose true keys count.")
    metadata: Any = Field(None, description="Any JSON.")


@catalog.operation(needs=IDENTITY, writes=True, idempotent=True, untrusted=("role", "capabilities", "metadata"))
def agent_register(caller: Caller, data: Register) -> AgentShape:
    """Create an agent's public profile or change what is given of it; what is absent stays.

    Event: agent.registered or agent.updated; none when nothing changes.
    Errors: VALIDATION_ERROR, CONTENT_TOO_LARGE, NOT_OWNER (another agent's id in trust_mode=strict), PERMISSION_DENIED.
    """
    given = _checked(data)
    trust.bind(caller, data.agent_id)
    agent = Agent.objects.select_for_update().filter(agent_id=data.agent_id).first()
    is_new = agent is None
    if agent is None:
        if caller.agent_id != data.agent_id:
            names.checked_agent_id(data.agent_id)
        agent = Agent(agent_id=data.agent_id, created_at=clock.now())
    changed = sorted(name for name in given if is_new or not _is_same(getattr(agent, name), given[name]))
    if is_new or changed:
        _store(agent, {name: given[name] for name in changed}, caller, is_new=is_new)
    presence.touch(agent.agent_id)
    return {**_shape(agent), "updated_at": _iso(agent.updated_at)}


def _is_same(stored: Any, given: Any) -> bool:
    """Whether a profile already says that: agents register anew at every start, mostly with the same words."""
    return jsontext.encode(stored) == jsontext.encode(given)


def _store(agent: Agent, changes: dict[str, Any], caller: Caller, *, is_new: bool) -> None:
    for field, value in changes.items():
        setattr(agent, field, value)
    agent.updated_at = clock.now()
    agent.revision += 0 if is_new else 1
    agent.save()
    outbox.emit(
        "agent.registered" if is_new else "agent.updated",
        caller=caller,
        entity=("agent", agent.agent_id),
        revision=agent.revision,
        agent_id=agent.agent_id,
        changed=sorted(changes),
    )


def _checked(data: Register) -> dict[str, Any]:
    """The given fields, within the inline limit and with names that routing can match."""
    if data.role is not None:
        limits.check_inline(data.role, "role")
    for field in ("capabilities", "metadata"):
        limits.json_text(getattr(data, field), field)
    _check_capabilities(data.capabilities)
    return {name: getattr(data, name) for name in ("role", "capabilities", "metadata") if name in data.model_fields_set}


def _check_capabilities(given: Any) -> None:
    if given is None:
        return
    items = [given] if isinstance(given, str) else list(given) if isinstance(given, list | Mapping) else None
    if items is None or len(items) > MAX_CAPABILITIES or not all(isinstance(item, str) for item in items):
        raise Failure(
            Code.VALIDATION_ERROR,
            f"capabilities takes a name, a list of names or an object, of at most {MAX_CAPABILITIES}.",
            field="capabilities",
        )
    for item in items:
        if item.strip():
            names.checked(item, "capabilities")


@catalog.operation(needs=IDENTITY, untrusted=("agents[].role", "agents[].capabilities", "agents[].metadata"))
def agent_list(caller: Caller, data: NoInput) -> AgentList:
    """Every registered agent, oldest first: find whom to address."""
    return {"agents": [_shape(agent) for agent in Agent.objects.order_by("created_at", "id")]}


class OneAgent(Input):
    agent_id: AgentId


@catalog.operation(needs=IDENTITY, untrusted=("role", "capabilities", "metadata"))
def agent_get(caller: Caller, data: OneAgent) -> AgentShape:
    """One agent's profile and when it last acted.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    agent = Agent.objects.filter(agent_id=data.agent_id).first()
    if agent is None:
        raise Failure(Code.NOT_FOUND, "No such agent.", field="agent_id")
    return _shape(agent)


@catalog.operation(needs=IDENTITY, untrusted=("role", "capabilities", "metadata"))
def agent_whoami(caller: Caller, data: NoInput) -> Profile:
    """Who your key says you are, and what you may do.

    Errors: NOT_FOUND (the agent is gone).
    """
    principal = caller.bucket
    if caller.kind is not Kind.AGENT:
        return {
            "agent_id": None,
            "role": None,
            "capabilities": None,
            "metadata": None,
            "created_at": None,
            "last_seen_at": None,
            "principal": principal,
            "is_active": True,
            "preset_id": None,
            "permissions": flags.document_of(caller.flags),
        }
    agent = Agent.objects.select_related("bus_preset").filter(agent_id=caller.name).first()
    if agent is None:
        raise Failure(Code.NOT_FOUND, "No such agent.")
    seen.stamp(caller, agent.agent_id)
    return {
        "agent_id": agent.agent_id,
        "role": agent.role,
        "capabilities": agent.capabilities,
        "metadata": agent.metadata,
        "created_at": _iso(agent.created_at),
        "last_seen_at": _last_seen(agent),
        "principal": principal,
        "is_active": agent.is_active,
        "preset_id": agent.bus_preset.preset_id if agent.bus_preset else None,
        "permissions": agent.bus_permissions,
    }


@catalog.operation(needs=IDENTITY, untrusted=("capabilities[].capability",))
def capability_list(caller: Caller, data: NoInput) -> CapabilityList:
    """Every advertised capability and who has it: exactly what a capability target would match."""
    holders: dict[str, list[str]] = defaultdict(list)
    for agent_id, stored in Agent.objects.values_list("agent_id", "capabilities"):
        for name in capability_names(stored):
            holders[name].append(agent_id)
    return {
        "capabilities": [
            {"capability": name, "agent_count": len(holders[name]), "agents": sorted(holders[name])}
            for name in sorted(holders)
        ]
    }
