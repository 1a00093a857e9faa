"""Agents as boards manage them: what they are called, what they are for and which flags they hold."""

from typing import Annotated, Any, TypedDict

from django.utils.text import slugify
from pydantic import Field

from boards.catalog import everywhere_people
from boards.inputs import MAX_SHORT, UNCHANGED, BoardInput, ExpectedVersion, changes_of
from boards.membership import agent_named, rights_of
from boards.paging import Page, PagedByOffset, page_of, whole
from boards.queries import agents as queries
from boards.queries.agents import AgentOut, AgentRow
from pulse_project.core import identity, ids, names
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import Agent
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller

AgentName = Annotated[str, Field(min_length=1, max_length=128)]
AgentId = Annotated[str, Field(min_length=1, max_length=128, description="agent_id or UUID of an agent.")]
Words = Annotated[str, Field(max_length=20_000)]
Flags = Annotated[
    dict[str, Any] | None,
    Field(description="Flags as {group: {part: {flag: bool}}} or {flag: bool}, laid over the rest."),
]
Preset = Annotated[str | None, UNCHANGED, Field(max_length=64, description="A preset to copy; null = everything.")]
Legacy = Annotated[
    list[Annotated[str, Field(max_length=40)]] | None,
    Field(max_length=50, description="Retired flat names such as cards:create; null = everything."),
]
FOREIGN = ("name", "description", "objective", "role")


class AgentPage(Page):
    agents: list[AgentRow]


@everywhere_people.operation(
    needs="operator.observe", rest="GET agents", untrusted=tuple(f"agents[].{name}" for name in FOREIGN)
)
def list_every_agent(caller: Caller, data: PagedByOffset) -> AgentPage:
    """Every agent, the oldest first, with its preset and the boards that it may come to.

    Errors: VALIDATION_ERROR, PERMISSION_DENIED.
    """
    found, cursor = page_of(queries.with_use(), ("created_at", "id"), data)
    return {"agents": queries.rows_of(found), **whole(Agent.objects.all(), data, cursor)}


class OneAgent(BoardInput):
    agent_id: AgentId


@everywhere_people.operation(needs="operator.observe", rest="GET agents/<path:agent_id>", untrusted=FOREIGN)
def get_agent(caller: Caller, data: OneAgent) -> AgentOut:
    """One agent with every flag that it holds before any board takes some away.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return queries.full(agent_named(data.agent_id).pk)


class NewAgent(BoardInput):
    name: AgentName
    agent_id: str = Field("", max_length=128, description="Empty = made from the name.")
    description: Words = ""
    objective: Words = ""
    role: str | None = Field(None, max_length=MAX_SHORT)
    preset_id: Preset = None
    permission_flags: Flags = None
    permissions: Legacy = None


class CreatedAgent(AgentOut):
    api_key: str


@everywhere_people.operation(
    needs="agents.manage",
    writes=True,
    secret_output=True,
    rest=Route("POST agents", status=201),
    untrusted=FOREIGN,
)
def create_agent(caller: Caller, data: NewAgent) -> CreatedAgent:
    """Make an agent with its first key, which is shown only here. Without a preset it may do everything published.

    It comes to a board by a grant.

    Errors: VALIDATION_ERROR, NOT_FOUND, DUPLICATE, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: agent.created, key.issued.
    """
    fields: dict[str, Any] = {
        "name": data.name.strip(),
        "description": data.description,
        "objective": data.objective,
        "role": data.role,
        **rights_of(caller, data, None),
    }
    try:
        agent = identity.create_agent(caller, data.agent_id or _free_id(data.name), **fields)
    except Failure as failure:
        if failure.code is not Code.CONFLICT:
            raise
        raise Failure(
            Code.DUPLICATE, "An agent with that agent_id exists. Choose another.", field="agent_id"
        ) from failure
    issued = identity.issue_key(caller, agent, prefix="dash_")
    return {**queries.full(agent.pk), "api_key": issued.plaintext}


def _free_id(name: str) -> str:
    base = slugify(name)[:100] or "agent"
    if names.is_reserved(base):
        base += "-agent"
    taken = set(Agent.objects.filter(agent_id__startswith=base).values_list("agent_id", flat=True))
    return base if base not in taken else ids.new_id(f"{base}-", 8)


class UpdateAgent(OneAgent):
    name: Annotated[AgentName, UNCHANGED] = ""
    description: Annotated[str | None, UNCHANGED, Field(max_length=20_000)] = None
    objective: Annotated[str | None, UNCHANGED, Field(max_length=20_000)] = None
    role: Annotated[str | None, UNCHANGED, Field(max_length=MAX_SHORT)] = None
    is_active: Annotated[bool, UNCHANGED] = True
    preset_id: Preset = None
    permission_flags: Flags = None
    permissions: Legacy = None
    expected_version: ExpectedVersion = None


@everywhere_people.operation(needs="agents.manage", writes=True, rest="PATCH agents/<path:agent_id>", untrusted=FOREIGN)
def update_agent(caller: Caller, data: UpdateAgent) -> AgentOut:
    """Change an agent. A preset is copied, null gives everything published; single flags are laid over what it has.

    No agent changes its own flags. An inactive agent's keys open nothing.

    Errors: VALIDATION_ERROR, NOT_FOUND, VERSION_CONFLICT, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: agent.updated.
    """
    agent = agent_named(data.agent_id, lock=True)
    texts = changes_of(data, ("name", "description", "objective"))
    fields: dict[str, Any] = {
        **{name: (value or "").strip() if name == "name" else value or "" for name, value in texts.items()},
        **changes_of(data, ("role", "is_active")),
        **rights_of(caller, data, agent),
    }
    identity.update_agent(caller, agent.agent_id, expected_version=data.expected_version, **fields)
    return queries.full(agent.pk)


class DeleteAgent(OneAgent):
    force: bool = Field(False, description="Delete it although it holds work or undelivered messages.")


class DeletedAgent(TypedDict):
    success: bool
    agent_id: str


@everywhere_people.operation(needs="agents.manage", writes=True, destructive=True, rest="DELETE agents/<path:agent_id>")
def delete_agent(caller: Caller, data: DeleteAgent) -> DeletedAgent:
    """Delete an agent with its keys and grants; what it wrote stays under its id.

    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: agent.deleted.
    """
    agent = agent_named(data.agent_id)
    held = {} if data.force else identity.holdings_of(agent.agent_id)
    if held:
        raise Failure(
            Code.INVALID_TRANSITION,
            "That agent still holds work or undelivered messages. Settle them, or delete it with force=true.",
            held=held,
        )
    identity.delete_agent(caller, agent.agent_id)
    return {"success": True, "agent_id": agent.agent_id}


class RegeneratedKey(TypedDict):
    message: str
    agent_id: str
    api_key: str


@everywhere_people.operation(
    needs="operator.keys",
    writes=True,
    secret_output=True,
    destructive=True,
    rest="POST agents/<path:agent_id>/regenerate-key",
)
def regenerate_agent_key(caller: Caller, data: OneAgent) -> RegeneratedKey:
    """Replace every key of an agent by a new one, shown only here. The old ones stop at once, everywhere.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, AUTH_REQUIRED.
    Event: key.rotated.
    """
    agent = agent_named(data.agent_id)
    issued = identity.rotate_key(caller, agent, prefix="dash_")
    return {
        "message": "This key is shown only now. The ones before it have ended.",
        "agent_id": agent.agent_id,
        "api_key": issued.plaintext,
    }
