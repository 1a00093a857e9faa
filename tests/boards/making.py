"""Boards, agents on them and objects of the pipeline, for tests."""

from collections.abc import Iterable
from typing import Any

from boards import numbering
from boards.flags import PRESETS
from boards.models import Board, BoardGrant, BoardShare, Card
from pulse_project.core import auth
from pulse_project.core.models import Agent
from pulse_project.core.principals import Caller
from specs.models import Ideation, Refinement, Spec, Sprint


def make_board(name: str = "Board", **over: Any) -> Board:
    """A board without an owner."""
    board = Board.objects.create(name=name, slug=over.pop("slug", f"board-{Board.objects.count() + 1}"), **over)
    numbering.open_counters(board)
    auth.forget()
    return board


def make_member(
    board: Board | None, agent_id: str, preset: str = "Full Control", overrides: Iterable[str] = ()
) -> Caller:
    """An agent with the flags of a preset, granted on the board; None = on no board."""
    agent, _ = Agent.objects.get_or_create(
        agent_id=agent_id, defaults={"name": agent_id.title(), "board_permissions": sorted(PRESETS[preset])}
    )
    if board is not None:
        BoardGrant.objects.create(agent=agent, board=board, overrides=list(overrides))
    auth.forget()
    return auth.caller_of_agent(agent)


def make_person(username: str, group: str = "", **over: Any) -> Caller:
    """Somebody with a browser session, in a group of people."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from pulse_project.core import browser_sessions

    user, _ = get_user_model()._default_manager.get_or_create(username=username, defaults=over)
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    auth.forget()
    return browser_sessions.caller_of_user(user)


def share(board: Board, username: str, permission: str) -> Caller:
    """Somebody with whom the board is shared."""
    person = make_person(username)
    BoardShare.objects.create(board=board, user_id=person.user_pk, permission=permission)
    return make_person(username)


def _entity(model: Any, kind: str, board: Board, over: dict[str, Any], status: str) -> Any:
    fields = {"title": kind.title(), "status": status, "created_by": "maker", **over}
    return model.objects.create(board=board, kind=kind, number=numbering.take(board, kind), **fields)


def make_ideation(board: Board, **over: Any) -> Ideation:
    made: Ideation = _entity(Ideation, "ideation", board, over, "draft")
    return made


def make_refinement(ideation: Ideation, **over: Any) -> Refinement:
    made: Refinement = _entity(Refinement, "refinement", ideation.board, {"ideation": ideation, **over}, "draft")
    return made


def make_spec(board: Board, **over: Any) -> Spec:
    made: Spec = _entity(Spec, "spec", board, over, "draft")
    return made


def make_sprint(spec: Spec, **over: Any) -> Sprint:
    made: Sprint = _entity(Sprint, "sprint", spec.board, {"spec": spec, **over}, "draft")
    return made


def make_card(spec: Spec, **over: Any) -> Card:
    """A card at the end of its column."""
    fields = {"rank": Card.objects.filter(board=spec.board).count() * 65536, "spec": spec, **over}
    made: Card = _entity(Card, "card", spec.board, fields, "not_started")
    return made
