"""What a caller may do on a board, and which boards exist for it. Rights are remembered until an identity changes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from boards.flags import EDITOR, NEVER_WITHOUT_IDENTITY, ON_BOARDS, PUBLISHED, READS, VIEWER
from boards.models import Board, BoardGrant, BoardShare
from pulse_project.core import auth, browser_sessions
from pulse_project.core.models import Agent
from pulse_project.core.principals import Caller, Kind

MAX_ENTRIES = 20_000
LEVELS = {"viewer": VIEWER, "editor": EDITOR, "admin": ON_BOARDS}
EVERYWHERE = "operator.agents"  # held by superusers and by the group `operator`
READING_EVERYWHERE = "operator.read_all"  # by the group `auditor`


@dataclass(frozen=True, slots=True)
class Rights:
    """The flags on one board, and where they come from: operator, auditor, owner, admin, editor, viewer, agent, ..."""

    role: str
    flags: frozenset[str]


_remembered: dict[tuple[str, str, UUID], Rights | None] = {}
_generation = 0


def forget() -> None:
    """Identities, grants or shares have changed."""
    global _generation
    _generation += 1
    _remembered.clear()


def rights_on(caller: Caller, board: Board) -> Rights | None:
    """The caller's rights on that board; None when the board does not exist for it."""
    key = (caller.bucket, caller.auth, board.pk)
    if key in _remembered:
        return _remembered[key]
    generation = _generation
    found = _find(caller, board)
    if generation == _generation:
        if len(_remembered) >= MAX_ENTRIES:
            _remembered.clear()
        _remembered[key] = found
    return found


def _find(caller: Caller, board: Board) -> Rights | None:
    match caller.kind:
        case Kind.SYSTEM | Kind.LOCAL:
            return _alike(caller)
        case Kind.USER if caller.user_pk is not None:
            return _of_user(caller, caller.user_pk, board)
        case Kind.AGENT if caller.agent_pk is not None:
            grant = BoardGrant.objects.filter(agent_id=caller.agent_pk, board=board).select_related("agent").first()
            return Rights("agent", granted_to(grant.agent) - frozenset(grant.overrides)) if grant else None
    return None


def _of_user(caller: Caller, user_pk: int, board: Board) -> Rights | None:
    if caller.holds(EVERYWHERE):
        return Rights("operator", ON_BOARDS)
    if board.owner_id is not None and board.owner_id == user_pk:
        return Rights("owner", ON_BOARDS)
    share = BoardShare.objects.filter(user_id=user_pk, board=board).first()
    if share is not None:
        return Rights(share.permission, frozenset(LEVELS[share.permission]))
    return Rights("auditor", READS) if caller.holds(READING_EVERYWHERE) else None


def rights_everywhere(caller: Caller) -> Rights | dict[UUID, Rights]:
    """The caller's rights on every board that exists for it, in two queries at most; one value when alike on all."""
    if caller.kind in {Kind.SYSTEM, Kind.LOCAL} or (caller.kind is Kind.USER and caller.holds(EVERYWHERE)):
        return _alike(caller)
    if caller.kind is Kind.AGENT and caller.agent_pk is not None:
        agent = Agent.objects.filter(pk=caller.agent_pk).first()
        granted = granted_to(agent) if agent else frozenset()
        plain = Rights("agent", granted)
        grants = BoardGrant.objects.filter(agent_id=caller.agent_pk).values_list("board_id", "overrides")
        return {pk: Rights("agent", granted - frozenset(taken)) if taken else plain for pk, taken in grants}
    if caller.kind is not Kind.USER or caller.user_pk is None:
        return {}
    shares = BoardShare.objects.filter(user_id=caller.user_pk)
    found = {share.board_id: Rights(share.permission, frozenset(LEVELS[share.permission])) for share in shares}
    owned = Board.objects.filter(owner_id=caller.user_pk).values_list("pk", flat=True)
    found |= {pk: Rights("owner", ON_BOARDS) for pk in owned}
    if caller.holds(READING_EVERYWHERE):
        reader = Rights("auditor", READS)
        return dict.fromkeys(Board.objects.values_list("pk", flat=True), reader) | found
    return found


def _alike(caller: Caller) -> Rights:
    if caller.kind is Kind.LOCAL and caller.auth == "loopback":
        return Rights("local", ON_BOARDS - NEVER_WITHOUT_IDENTITY)
    return Rights(caller.kind.value, ON_BOARDS)


def granted_to(agent: Agent) -> frozenset[str]:
    """The agent's own flags, before any board takes some away. Without a set of its own it holds all published ones."""
    return frozenset(PUBLISHED if agent.board_permissions is None else agent.board_permissions)


def visible_boards(caller: Caller) -> "QuerySet[Board]":
    """The boards that exist for the caller."""
    match caller.kind:
        case Kind.SYSTEM | Kind.LOCAL:
            return Board.objects.all()
        case Kind.AGENT if caller.agent_pk is not None:
            return Board.objects.filter(grants__agent_id=caller.agent_pk)
        case Kind.USER if caller.holds(EVERYWHERE) or caller.holds(READING_EVERYWHERE):
            return Board.objects.all()
        case Kind.USER if caller.user_pk is not None:
            shared = BoardShare.objects.filter(user_id=caller.user_pk).values("board_id")
            return Board.objects.filter(Q(owner_id=caller.user_pk) | Q(pk__in=shared))
    return Board.objects.none()


def _anywhere_of_agent(agent: Agent) -> frozenset[str]:
    """What the agent may do on at least one board: decides which tools it is shown."""
    overrides = [frozenset(taken) for taken in agent.board_grants.values_list("overrides", flat=True)]
    return granted_to(agent) - frozenset.intersection(*overrides) if overrides else frozenset()


def _anywhere_of_user(user: Any) -> frozenset[str]:
    groups = set(user.groups.values_list("name", flat=True))
    if browser_sessions.OPERATORS in groups:
        return ON_BOARDS
    if browser_sessions.AUDITORS in groups:
        return READS
    levels = set(user.board_shares.values_list("permission", flat=True))
    owned = ON_BOARDS if user.boards.exists() else frozenset()
    return owned.union(*(LEVELS[level] for level in levels))


auth.on_forget(forget)
auth.register_rights(_anywhere_of_agent)
browser_sessions.register_rights(_anywhere_of_user)
