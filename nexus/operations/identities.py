"""Agents and their keys, as operators manage them."""

from typing import Annotated, Any, NotRequired, TypedDict

from pydantic import Field

from nexus.catalog import operators
from nexus.models import Handoff, LaneCount
from nexus.queries.agents import AgentRow, agent_row, with_keys
from pulse_project.core import clock, identity
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Fails, Input, NoInput, NonEmpty
from pulse_project.core.logs_format import echoed
from pulse_project.core.models import Agent, ApiKey
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller

AgentId = Annotated[NonEmpty, Field(max_length=128), Fails(rank=1, message="agent_id takes 1 to 128 characters.")]
Capabilities = dict[str, Any] | list[str] | None


class AgentList(TypedDict):
    items: list[AgentRow]


class CreatedAgent(TypedDict):
    agent_id: str
    role: str | None
    is_active: bool
    created_at: str | None
    preset_id: str | None
    permissions: Any
    api_key: str


class NewAgent(Input):
    agent_id: AgentId
    role: str | None = Field(None, max_length=4000)
    capabilities: Capabilities = Field(None, description="An object, or a list of names.")
    metadata: dict[str, Any] | None = None
    preset_id: str | None = None
    permissions: dict[str, Any] | None = Field(None, description="Laid over the preset; what is absent stays as there.")
    is_operator: bool = Field(False, description="Also holds every operator flag.")


def named(capabilities: Capabilities) -> Any:
    """A list of names is stored as the object `{name: true}`."""
    return dict.fromkeys(capabilities, True) if isinstance(capabilities, list) else capabilities


@operators.operation(
    needs="operator.agents",
    writes=True,
    secret_output=True,
    rest="POST agents",
)
def admin_agent_create(caller: Caller, data: NewAgent) -> CreatedAgent:
    """Create an agent and its first key, which is shown only here.

    Errors: VALIDATION_ERROR, CONFLICT, NOT_FOUND, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: agent.created, key.issued.
    """
    fields = data.model_dump(exclude={"agent_id", "capabilities"}, exclude_unset=True)
    agent = identity.create_agent(caller, data.agent_id, **fields, capabilities=named(data.capabilities))
    issued = identity.issue_key(caller, agent)
    return {
        "agent_id": agent.agent_id,
        "role": agent.role,
        "is_active": agent.is_active,
        "created_at": clock.iso(clock.to_us(agent.created_at)),
        "preset_id": agent.bus_preset.preset_id if agent.bus_preset else None,
        "permissions": agent.bus_permissions,
        "api_key": issued.plaintext,
    }


@operators.operation(
    needs="operator.observe",
    rest="GET agents",
)
def admin_agent_list(caller: Caller, data: NoInput) -> AgentList:
    """Every agent with its rights and whether it has a key."""
    return {"items": [agent_row(agent) for agent in with_keys()]}


class OneAgent(Input):
    agent_id: AgentId


@operators.operation(
    needs="operator.observe",
    rest="GET agents/<path:agent_id>",
)
def admin_agent_get(caller: Caller, data: OneAgent) -> AgentRow:
    """One agent with its rights and whether it has a key.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    return _row(data.agent_id)


def _row(agent_id: str) -> AgentRow:
    found = with_keys().filter(agent_id=agent_id).first()
    if found is None:
        raise Failure(Code.NOT_FOUND, "No such agent.", agent_id=echoed(agent_id))
    return agent_row(found)


class AgentChange(Input):
    agent_id: AgentId
    role: str | None = Field(None, max_length=4000)
    capabilities: Capabilities = None
    metadata: dict[str, Any] | None = None
    is_active: bool = True
    is_operator: bool = False
    preset_id: str | None = None
    permissions: dict[str, Any] | None = Field(None, description="null gives back everything an agent may do.")
    expected_version: int | None = Field(
        None, description="Refuse with VERSION_CONFLICT unless this is still the version."
    )


@operators.operation(
    needs="operator.agents",
    writes=True,
    rest="PATCH agents/<path:agent_id>",
)
def admin_agent_update(caller: Caller, data: AgentChange) -> AgentRow:
    """Change what is given; what is absent stays. An inactive agent's keys open nothing.

    Errors: VALIDATION_ERROR, NOT_FOUND, VERSION_CONFLICT, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: agent.updated.
    """
    fields = data.model_dump(exclude={"agent_id", "expected_version"}, exclude_unset=True)
    if "capabilities" in fields:
        fields["capabilities"] = named(fields["capabilities"])
    identity.update_agent(caller, data.agent_id, expected_version=data.expected_version, **fields)
    return _row(data.agent_id)


class DeletedAgent(TypedDict):
    agent_id: str
    deleted: bool


class AgentDeletion(Input):
    agent_id: AgentId
    force: bool = Field(False, description="Delete although it holds claims or undelivered messages.")


@operators.operation(
    needs="operator.agents",
    writes=True,
    destructive=True,
    rest="DELETE agents/<path:agent_id>",
)
def admin_agent_delete(caller: Caller, data: AgentDeletion) -> DeletedAgent:
    """Delete an agent and its keys; its messages and events stay under its id.

    Errors: VALIDATION_ERROR, NOT_FOUND, CONFLICT, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: agent.deleted.
    """
    if not data.force:
        _demand_idle(data.agent_id)
    identity.delete_agent(caller, data.agent_id)
    return {"agent_id": data.agent_id, "deleted": True}


@identity.register_holdings
def _holdings(agent_id: str) -> dict[str, int]:
    claims = Handoff.objects.filter(claimed_by=agent_id, status=Handoff.Status.CLAIMED).count()
    lanes = LaneCount.objects.filter(agent_id=agent_id).first()
    return {"claims": claims, "undelivered": lanes.unread + lanes.delivered if lanes else 0}


def _demand_idle(agent_id: str) -> None:
    held = _holdings(agent_id)
    if any(held.values()):
        raise Failure(
            Code.CONFLICT,
            "That agent holds claims or undelivered messages. Settle them, or delete it with force=true.",
            **held,
        )


class RotatedKey(TypedDict):
    agent_id: str
    api_key: str
    rotated_at: str | None


@operators.operation(
    needs="operator.keys",
    writes=True,
    secret_output=True,
    destructive=True,
    rest="POST agents/<path:agent_id>/regenerate-key",
)
def admin_key_rotate(caller: Caller, data: OneAgent) -> RotatedKey:
    """Replace every key of an agent by a new one, shown only here. The old ones stop at once, everywhere.

    Errors: VALIDATION_ERROR, NOT_FOUND, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.rotated.
    """
    issued = identity.rotate_key(caller, _agent(data.agent_id))
    return {
        "agent_id": data.agent_id,
        "api_key": issued.plaintext,
        "rotated_at": clock.iso(clock.to_us(issued.row.created_at)),
    }


def _agent(agent_id: str) -> Agent:
    agent = Agent.objects.filter(agent_id=agent_id).first()
    if agent is None:
        raise Failure(Code.NOT_FOUND, "No such agent.", agent_id=echoed(agent_id))
    return agent


class KeyRow(TypedDict):
    key_id: int
    scope: str
    prefix: str
    label: str
    created_at: str | None
    last_used_at: str | None
    expires_at: str | None
    revoked_at: str | None


class IssuedKey(KeyRow):
    api_key: str


class KeyList(TypedDict):
    items: list[KeyRow]


def key_row(key: ApiKey) -> KeyRow:
    def text(moment: Any) -> str | None:
        return clock.iso(clock.to_us(moment)) if moment else None

    return {
        "key_id": key.pk,
        "scope": key.scope,
        "prefix": key.prefix,
        "label": key.label,
        "created_at": text(key.created_at),
        "last_used_at": text(key.last_used_at),
        "expires_at": text(key.expires_at),
        "revoked_at": text(key.revoked_at),
    }


@operators.operation(
    needs="operator.keys",
    rest="GET agents/<path:agent_id>/keys",
)
def admin_key_list(caller: Caller, data: OneAgent) -> KeyList:
    """The keys of an agent, by prefix; what a key is cannot be asked for again.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    return {"items": [key_row(key) for key in _agent(data.agent_id).keys.order_by("-created_at")]}


class NewKey(Input):
    agent_id: AgentId
    label: str = Field("", max_length=128)
    toolsets: str = Field("", max_length=255, description="Comma-separated; empty = all.")
    is_read_only: bool = Field(False, description="The key only reads.")


@operators.operation(
    needs="operator.keys",
    writes=True,
    secret_output=True,
    rest="POST agents/<path:agent_id>/keys",
)
def admin_key_issue(caller: Caller, data: NewKey) -> IssuedKey:
    """Another key for an agent, shown only here; the ones it has stay.

    Errors: VALIDATION_ERROR, NOT_FOUND, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.issued.
    """
    terms = data.model_dump(exclude={"agent_id"})
    issued = identity.issue_key(caller, _agent(data.agent_id), **terms)
    return {**key_row(issued.row), "api_key": issued.plaintext}


class NewMonitorKey(Input):
    label: str = Field("", max_length=128, description="What watches with it.")


@operators.operation(
    needs="operator.keys",
    writes=True,
    secret_output=True,
    rest="POST monitor-keys",
)
def admin_monitor_key_issue(caller: Caller, data: NewMonitorKey) -> IssuedKey:
    """A key for a dashboard or monitor: it reads lists, counts and previews, and nothing else.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.issued.
    """
    issued = identity.issue_key(caller, None, scope=ApiKey.Scope.MONITOR, label=data.label)
    return {**key_row(issued.row), "api_key": issued.plaintext}


class OneKey(Input):
    key_id: int


@operators.operation(
    needs="operator.keys",
    writes=True,
    destructive=True,
    rest=Route("POST keys/<int:key_id>/revoke"),
)
def admin_key_revoke(caller: Caller, data: OneKey) -> KeyRow:
    """End one key at once, everywhere.

    Errors: VALIDATION_ERROR, NOT_FOUND, CONFLICT, AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.revoked.
    """
    return key_row(identity.revoke_key(caller, data.key_id))


class IssuedKeys(TypedDict):
    issued: int
    keys: NotRequired[dict[str, str]]
    warning: NotRequired[str]
    note: NotRequired[str]


@operators.operation(
    needs="operator.keys",
    writes=True,
    secret_output=True,
    rest="POST admin/issue-keys",
)
def admin_issue_keys(caller: Caller, data: NoInput) -> IssuedKeys:
    """A key for every active agent that has none; running it again issues nothing.

    Errors: AUTH_REQUIRED, PERMISSION_DENIED.
    Event: key.issued for each.
    """
    keys = identity.issue_missing_keys(caller)
    if not keys:
        return {"issued": 0, "note": "Every active agent has a key."}
    return {"issued": len(keys), "keys": keys, "warning": "These keys are shown only now. Store them."}
