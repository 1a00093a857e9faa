"""Which rule gives or denies a flag on a board."""

from collections.abc import Iterable
from dataclasses import dataclass

from boards.flags import ON_BOARDS, OPERATORS
from boards.models import Board, BoardGrant
from boards.rights import Rights, granted_to, rights_on
from pulse_project.core import flags as vocabulary
from pulse_project.core.models import Agent
from pulse_project.core.principals import Caller, Kind


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a flag is held, and the rule that decided: preset, agent_flags, default, override, no_grant, owner,
    share_level, operator, auditor, local, loopback or system. `source` names the preset or level."""

    granted: bool
    rule: str
    source: str = ""


def of_caller(caller: Caller, board: Board, flags: Iterable[str]) -> dict[str, Ruling]:
    """The rulings on who is calling, flag by flag; at most two queries, however many."""
    if caller.kind is Kind.AGENT and caller.agent_pk is not None:
        return of_agent(Agent.objects.select_related("board_preset").get(pk=caller.agent_pk), board, flags)
    found = rights_on(caller, board)
    return {flag: _of_person(caller, found, flag) for flag in flags}


def _of_person(caller: Caller, found: Rights | None, flag: str) -> Ruling:
    if _is_for_operators(flag):
        return Ruling(caller.holds(flag), "operator")
    if found is None:
        return Ruling(False, "no_grant")
    granted = flag in found.flags
    if found.role in {"viewer", "editor", "admin"}:
        return Ruling(granted, "share_level", found.role)
    if caller.kind is Kind.LOCAL and not granted:
        return Ruling(False, "loopback")
    return Ruling(granted, found.role)


def of_agent(agent: Agent, board: Board, flags: Iterable[str]) -> dict[str, Ruling]:
    """The rulings on a stored agent, whether or not it may come to the board; one query.

    Load `board_preset` with it.
    """
    grant = BoardGrant.objects.filter(agent=agent, board=board).first()
    return {flag: _of_agent(agent, grant, flag) for flag in flags}


def _of_agent(agent: Agent, grant: BoardGrant | None, flag: str) -> Ruling:
    if _is_for_operators(flag):
        return Ruling(agent.is_operator and flag in vocabulary.operator_flags(), "operator")
    if grant is None:
        return Ruling(False, "no_grant")
    held = flag in granted_to(agent)
    if held and flag in grant.overrides:
        return Ruling(False, "override")
    if agent.board_permissions is None:
        return Ruling(held, "default")
    preset = agent.board_preset
    if preset is not None and held == (flag in preset.flags):
        return Ruling(held, "preset", preset.name)
    return Ruling(held, "agent_flags")


def _is_for_operators(flag: str) -> bool:
    """Whether a flag concerns no single board."""
    return flag in OPERATORS or flag not in ON_BOARDS
