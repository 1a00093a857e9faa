"""Which agents may come to a board, and what the board takes away from them."""

from typing import Annotated, Any, TypedDict

from django.db import IntegrityError, transaction
from pydantic import Field

from boards.call import BoardCall, check_revision
from boards.catalog import everywhere_people
from boards.inputs import UNCHANGED, BoardId, BoardInput, ExpectedVersion
from boards.instants import iso
from boards.location import not_found
from boards.membership import EVERYWHERE, ON_ONE_BOARD, agent_named, open_managed, taken_away
from boards.models import BoardGrant
from boards.operations.agents import AgentId
from boards.queries.agents import overrides_document
from pulse_project.core import auth, db, identity
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller

ADDRESS = "agents/<path:agent_id>/boards/<str:board_id>"
MANAGERS = (EVERYWHERE, ON_ONE_BOARD)
Overrides = Annotated[
    dict[str, Any] | None,
    Field(description="Flags that are false here: {group: {part: {flag: false}}} or {flag: false}. true adds nothing."),
]


class Grant(BoardInput):
    agent_id: AgentId
    board_id: BoardId


class GrantOut(TypedDict):
    """An agent on a board. `permission_overrides` holds only what the board takes away."""

    agent_id: str
    board_id: str
    permission_overrides: dict[str, Any]
    revision: int
    granted_by: str
    granted_at: str | None


def _out(grant: BoardGrant) -> GrantOut:
    return {
        "agent_id": grant.agent.agent_id,
        "board_id": str(grant.board_id),
        "permission_overrides": overrides_document(grant.overrides),
        "revision": grant.revision,
        "granted_by": grant.granted_by,
        "granted_at": iso(grant.granted_at),
    }


def _tell(call: BoardCall, event: str, grant: BoardGrant, **payload: Any) -> None:
    call.tell_board(event, agent_id=grant.agent.agent_id, overrides=grant.overrides, **payload)
    db.after_commit(auth.forget)


class NewGrant(Grant):
    permission_overrides: Overrides = None


@everywhere_people.operation(
    needs=lambda _caller, _data: (),
    may_need=MANAGERS,
    scoped=True,
    writes=True,
    rest=Route(f"POST {ADDRESS}", status=201),
)
def grant_board(caller: Caller, data: NewGrant) -> GrantOut:
    """Let an agent come to a board with its own flags, less those that the board takes away. None grants itself.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE.
    Event: grant.created.
    """
    call = open_managed(caller, data.board_id)
    agent = agent_named(data.agent_id)
    identity.demand_other_agent(caller, agent)
    grant = BoardGrant(
        agent=agent, board=call.board, overrides=taken_away(data.permission_overrides), granted_by=call.person
    )
    try:
        with transaction.atomic():
            grant.save(force_insert=True)
    except IntegrityError as error:
        raise Failure(
            Code.DUPLICATE, "That agent may come to the board already. Change its overrides instead.", field="agent_id"
        ) from error
    _tell(call, "grant.created", grant)
    return _out(grant)


def _locked(call: BoardCall, agent_id: str) -> BoardGrant:
    grants = BoardGrant.objects.select_for_update(of=("self",)).select_related("agent")
    grant = grants.filter(board=call.board, agent=agent_named(agent_id)).first()
    if grant is None:
        raise not_found("grant", "agent_id")
    return grant


class ChangeGrant(Grant):
    permission_overrides: Annotated[Overrides, UNCHANGED] = None
    expected_version: ExpectedVersion = None


@everywhere_people.operation(
    needs=lambda _caller, _data: (), may_need=MANAGERS, scoped=True, writes=True, rest=f"PATCH {ADDRESS}"
)
def update_grant(caller: Caller, data: ChangeGrant) -> GrantOut:
    """Replace what a board takes away from an agent; null takes nothing away. It holds from the next call on.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: grant.updated.
    """
    call = open_managed(caller, data.board_id)
    grant = _locked(call, data.agent_id)
    identity.demand_other_agent(caller, grant.agent)
    check_revision(data.expected_version, grant.revision, "grant")
    wanted = taken_away(data.permission_overrides)
    if "permission_overrides" in data.model_fields_set and wanted != grant.overrides:
        before, grant.overrides = grant.overrides, wanted
        grant.revision += 1
        grant.save(update_fields=["overrides", "revision"])
        _tell(call, "grant.updated", grant, changes=[{"field": "overrides", "old": before, "new": wanted}])
    return _out(grant)


class RevokedGrant(TypedDict):
    success: bool


@everywhere_people.operation(
    needs=lambda _caller, _data: (),
    may_need=MANAGERS,
    scoped=True,
    writes=True,
    destructive=True,
    rest=f"DELETE {ADDRESS}",
)
def revoke_board(caller: Caller, data: Grant) -> RevokedGrant:
    """Let an agent come to a board no longer. What it wrote stays.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: grant.deleted.
    """
    call = open_managed(caller, data.board_id)
    grant = _locked(call, data.agent_id)
    _tell(call, "grant.deleted", grant)
    grant.delete()
    return {"success": True}
