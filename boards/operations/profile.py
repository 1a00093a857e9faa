"""Oneself, and who else works on a board."""

from typing import Annotated, Any, TypedDict

from pydantic import Field

from boards import role_summary
from boards.call import BoardCall
from boards.catalog import boards, everywhere
from boards.flags import ON_BOARDS
from boards.inputs import UNCHANGED, BoardInput, ExpectedVersion, OnBoard, changes_of
from boards.models import BoardShare
from boards.paging import Following, Paged, PagedByOffset, PageLimit, page_in_turn, page_of
from boards.people import id_of, id_of_user, kind_of
from boards.queries import agents as queries
from boards.queries.agents import MemberAgent, Profile
from boards.queries.people import names_of
from boards.rights import granted_to
from pulse_project.core import identity
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import NoInput
from pulse_project.core.models import Agent
from pulse_project.core.operations import Route
from pulse_project.core.principals import IDENTITY, Caller

OWN_FLAG = "profile.update"
NewWords = Annotated[str | None, UNCHANGED, Field(max_length=20_000, description='"" = unchanged, null = empty.')]
OLDEST_FIRST = ("created_at", "id")
WORDS = ("name", "description", "objective")


@everywhere.operation(needs=IDENTITY)
def get_my_profile(caller: Caller, data: NoInput) -> Profile:
    """Who you are and what you may do, before any board takes some of it away.

    Errors: AUTH_REQUIRED.
    """
    return _profile_of(caller)


def _profile_of(caller: Caller) -> Profile:
    if caller.agent_pk is not None:
        return queries.profile(queries.with_use().get(pk=caller.agent_pk))
    person = id_of(caller)
    return {
        "id": person,
        "name": names_of([person])[person],
        "description": "",
        "objective": "",
        "is_active": True,
        "permissions": None,
        "role_summary": role_summary.summary_of(caller.kind.capitalize(), caller.flags & ON_BOARDS),
        "created_at": None,
        "last_used_at": None,
        "revision": 1,
    }


class UpdateMyProfile(BoardInput):
    description: NewWords = ""
    objective: NewWords = ""
    expected_version: ExpectedVersion = None


class ChangedProfile(TypedDict):
    success: bool
    profile: Profile


@everywhere.operation(needs=lambda _caller, _data: (), may_need=(OWN_FLAG,), scoped=True, writes=True)
def update_my_profile(caller: Caller, data: UpdateMyProfile) -> ChangedProfile:
    """Change what others read about you: your description and your objective.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: agent.updated.
    """
    caller.demand_identity()
    agent = Agent.objects.filter(pk=caller.agent_pk).first() if caller.agent_pk is not None else None
    if agent is None:
        raise Failure(Code.NOT_FOUND, "Only agents have a profile of their own. Send an agent's key.", field="agent")
    if OWN_FLAG not in granted_to(agent):
        raise Failure(
            Code.PERMISSION_DENIED,
            "This agent may not change its profile. Ask an operator to grant it.",
            reason="permission_missing",
            required_permission=OWN_FLAG,
        )
    changes: dict[str, Any] = {
        name: value or "" for name, value in changes_of(data, ("description", "objective")).items()
    }
    if changes or data.expected_version is not None:
        identity.update_agent(caller, agent.agent_id, expected_version=data.expected_version, **changes)
    return {"success": True, "profile": _profile_of(caller)}


class ListAgents(PagedByOffset, OnBoard):
    limit: PageLimit = 200


class AgentList(Following):
    result: list[MemberAgent]


@boards.operation(needs="board.read", rest="GET agents/board/<str:board_id>")
def list_agents(call: BoardCall, data: ListAgents) -> AgentList:
    """The agents that may come to the board, the oldest first, each with what it may do here.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    agents = queries.with_use().filter(pk__in=call.board.grants.values("agent_id"))
    found, cursor = page_of(agents, OLDEST_FIRST, data)
    grants = {grant.agent_id: grant for grant in call.board.grants.filter(agent__in=found)}
    return {"result": [queries.member(grants[agent.pk], agent) for agent in found], "next_cursor": cursor}


class Member(TypedDict):
    id: str
    name: str
    type: str


class SharedMember(Member):
    permission: str


class ListMembers(Paged, OnBoard):
    pass


class BoardMembers(Following):
    """`owner` is null for a board without one; `people` are those with whom it is shared, after all agents."""

    owner: Member | None
    agents: list[Member]
    people: list[SharedMember]


@boards.operation(
    needs="board.read",
    rest=Route("GET boards/<str:board_id>/members"),
    untrusted=("owner.name", "agents[].name", "people[].name"),
)
def list_board_members(call: BoardCall, data: ListMembers) -> BoardMembers:
    """Everybody who may be addressed on the board: its owner, its agents and the people it is shared with.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    owner = id_of_user(call.board.owner) if call.board.owner else None
    granted = Agent.objects.filter(board_grants__board=call.board, is_active=True)
    shared = BoardShare.objects.filter(board=call.board).select_related("user")
    (agents, shares), cursor = page_in_turn([(granted, OLDEST_FIRST), (shared, OLDEST_FIRST)], data)
    people = {id_of_user(share.user): share.permission for share in shares}
    names = names_of([*people, *([owner] if owner else [])])
    return {
        "owner": _member(owner, names[owner]) if owner else None,
        "agents": [_member(agent.agent_id, agent.name or agent.agent_id) for agent in agents],
        "people": [{**_member(person, names[person]), "permission": level} for person, level in people.items()],
        "next_cursor": cursor,
    }


def _member(person: str, name: str) -> Member:
    return {"id": person, "name": name, "type": kind_of(person)}
