"""Which rule gives or denies a flag on a board."""

from dataclasses import dataclass

from boards.flags import OPERATORS
from boards.models import Board, BoardGrant
from boards.rights import granted_to, rights_on
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


def of_caller(caller: Caller, board: Board, flag: str) -> Ruling:
    """The ruling on who is calling."""
    if flag in OPERATORS:
        return Ruling(caller.holds(flag), "operator")
    if caller.kind is Kind.AGENT and caller.agent_pk is not None:
        agent = Agent.objects.select_related("board_preset").get(pk=caller.agent_pk)
        return of_agent(agent, board, flag)
    found = rights_on(caller, board)
    if found is None:
        return Ruling(False, "no_grant")
    granted = flag in found.flags
    if found.role in {"viewer", "editor", "admin"}:
        return Ruling(granted, "share_level", found.role)
    if caller.kind is Kind.LOCAL and not granted:
        return Ruling(False, "loopback")
    return Ruling(granted, found.role)


def of_agent(agent: Agent, board: Board, flag: str) -> Ruling:
    """The ruling on a stored agent, whether or not it may come to the board. Load `board_preset` with it."""
    if flag in OPERATORS:
        return Ruling(agent.is_operator and flag in vocabulary.operator_flags(), "operator")
    grant = BoardGrant.objects.filter(agent=agent, board=board).first()
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
