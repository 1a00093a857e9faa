"""What oneself or an agent may do on a board, and why."""

from dataclasses import replace
from typing import Any, TypedDict

from pydantic import Field

from boards import explanation
from boards.call import BoardCall
from boards.catalog import PREFIX, boards, everywhere_people, is_on_one_board, need_of, people
from boards.explanation import Ruling
from boards.flags import ON_BOARDS, OPERATORS, document_of
from boards.inputs import OnBoard
from boards.membership import EVERYWHERE, ON_ONE_BOARD, agent_named
from boards.rights import Rights
from boards.role_summary import role_of
from pulse_project.core import flags as vocabulary
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import NoInput
from pulse_project.core.models import Agent
from pulse_project.core.operations import REGISTRY, Operation
from pulse_project.core.principals import IDENTITY, Caller


class ExplainPermission(OnBoard):
    flag: str = Field("", max_length=80, description="A flag of boards, for example card.entity.create.")
    operation: str = Field("", max_length=120, description="Instead of a flag: an operation, with or without prefix.")
    agent_id: str = Field("", max_length=128, description="agent_id or UUID of somebody else; empty = yourself.")


class FlagRuling(TypedDict):
    """`rule` is what decided: preset, agent_flags, default, override, no_grant, owner, share_level, operator, auditor,
    local, loopback or system; `source` names the preset or the level of the share."""

    flag: str
    granted: bool
    rule: str
    source: str


class Restrictions(TypedDict):
    """What the key narrows beside: null = everything."""

    read_only: bool
    toolsets: list[str] | None


class Explanation(TypedDict):
    """`allowed` is null where the object decides which of the flags are asked."""

    board_id: str
    subject_id: str
    operation: str | None
    allowed: bool | None
    flags: list[FlagRuling]
    restrictions: Restrictions | None


@boards.operation(needs=None, untrusted=("flags[].source",))
def explain_permission(call: BoardCall, data: ExplainPermission) -> Explanation:
    """Say whether you, or an agent, hold a flag on the board or may call an operation there, and which rule decided.

    Of others it tells whoever decides about access: on this board, or everywhere.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    if bool(data.flag) == bool(data.operation):
        raise Failure(Code.VALIDATION_ERROR, "Give a flag or an operation, one of the two.", field="flag")
    agent = _other(call, data.agent_id)
    operation = _operation(data.operation) if data.operation else None
    names = operation.flags if operation else (_flag(data.flag),)
    rulings = (
        explanation.of_agent(agent, call.board, names)
        if agent
        else explanation.of_caller(call.caller, call.board, names)
    )
    return {
        "board_id": str(call.board.pk),
        "subject_id": agent.agent_id if agent else call.person,
        "operation": operation.name if operation else None,
        "allowed": _allowed(call, operation, rulings),
        "flags": [
            {"flag": name, "granted": ruling.granted, "rule": ruling.rule, "source": ruling.source}
            for name, ruling in rulings.items()
        ],
        "restrictions": _restrictions(call.caller) if agent is None else None,
    }


def _other(call: BoardCall, agent_id: str) -> Agent | None:
    """The agent that is asked about; None when it is the caller itself."""
    if not agent_id or agent_id == call.caller.agent_id:
        return None
    if not call.caller.holds(EVERYWHERE):
        call.demand(ON_ONE_BOARD)
    agent = Agent.objects.select_related("board_preset").get(pk=agent_named(agent_id).pk)
    return None if agent.pk == call.caller.agent_pk else agent


def _flag(name: str) -> str:
    if name not in ON_BOARDS and name not in OPERATORS:
        raise Failure(Code.VALIDATION_ERROR, "flag takes a flag of boards, for example board.read.", field="flag")
    return name


def _operation(name: str) -> Operation:
    operation = REGISTRY.get(PREFIX + name.removeprefix(PREFIX))
    if operation is None:
        raise Failure(Code.VALIDATION_ERROR, "operation names no operation of boards.", field="operation")
    return operation


def _allowed(call: BoardCall, operation: Operation | None, rulings: dict[str, Ruling]) -> bool | None:
    """The answer as far as it is certain: everything held, or something missing that is asked of every object."""
    held = frozenset(name for name, ruling in rulings.items() if ruling.granted)
    if len(held) == len(rulings):
        return True
    if operation is None or not operation.scoped:
        return False
    need = need_of(operation) if is_on_one_board(operation) else None
    if need is not None and not replace(call, rights=Rights("asked", held)).holds(need):
        return False
    return None


def _restrictions(caller: Caller) -> Restrictions:
    return {
        "read_only": caller.read_only,
        "toolsets": sorted(caller.toolsets) if caller.toolsets is not None else None,
    }


class MyPermissions(TypedDict):
    """`flags` is complete: {group: {part: {flag: bool}}}; `role` says where they come from."""

    board_id: str
    preset_name: str | None
    role: str
    flags: dict[str, Any]


@people.operation(needs=None, rest="GET me/permissions", untrusted=("preset_name",))
def get_my_permissions(call: BoardCall, data: OnBoard) -> MyPermissions:
    """Every flag that you hold on a board, after what it takes away.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    agent_pk = call.caller.agent_pk
    agent = Agent.objects.select_related("board_preset").get(pk=agent_pk) if agent_pk is not None else None
    return {
        "board_id": str(call.board.pk),
        "preset_name": role_of(agent) if agent else None,
        "role": call.rights.role,
        "flags": document_of(call.rights.flags),
    }


class SystemFlags(TypedDict):
    """Flags that concern every board: {flag: held}."""

    flags: dict[str, bool]


@everywhere_people.operation(needs=IDENTITY, rest="GET me/system-flags")
def get_system_flags(caller: Caller, data: NoInput) -> SystemFlags:
    """Which of the flags that only operators hold are yours.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED.
    """
    return {"flags": {name: caller.holds(name) for name in sorted(vocabulary.operator_flags())}}
