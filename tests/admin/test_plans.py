"""Boards and specs in the admin: actions through operations, and a gate's words per row."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin

from boards.models import Board, BoardGrant, Card, CardDependency
from pulse_project.core.admin.choosing import added
from pulse_project.core.operations import REGISTRY
from specs.models import Ideation, Refinement, Spec, Sprint
from tests.admin.acting import act, buttons, cells, offered, told
from tests.boards.making import (
    make_board,
    make_card,
    make_ideation,
    make_member,
    make_refinement,
    make_spec,
    make_sprint,
)

BOARDS, CARDS, GRANTS, WAITS = (
    f"/admin/boards/{name}/" for name in ("board", "card", "boardgrant", "carddependency")
)  # fmt: skip
SPECS, IDEATIONS, REFINEMENTS, SPRINTS = (
    f"/admin/specs/{name}/" for name in ("spec", "ideation", "refinement", "sprint")
)  # fmt: skip
MODELS = {
    BOARDS: Board,
    CARDS: Card,
    GRANTS: BoardGrant,
    WAITS: CardDependency,
    SPECS: Spec,
    IDEATIONS: Ideation,
    REFINEMENTS: Refinement,
    SPRINTS: Sprint,
}
ACTIONS = [
    (f"{model.__name__}.{action.name}", action.operation)
    for model, shown in admin.site._registry.items()
    for action in (*getattr(shown, "operation_actions", ()), *added(model))
]


@pytest.fixture
def board(db: None) -> Any:
    return make_board()


@pytest.fixture
def client(browser: Callable[..., Any]) -> Any:
    return browser("superuser")


@pytest.mark.parametrize(("action", "operation"), ACTIONS)
def test_every_action_calls_an_operation_that_exists(action: str, operation: str) -> None:
    assert operation in REGISTRY, action


def test_a_moved_card_goes_and_a_refused_one_says_what_its_gate_said(client: Any, board: Any) -> None:
    free = make_card(make_spec(board, status="in_progress"), title="Free")
    early = make_card(make_spec(board), title="Early")
    response = act(client, CARDS, "move", free, early, status="started")
    assert response.context["report"].summary == "Move: done for 1 of 2."
    assert cells(response) == [
        "C-2 Early",
        "1 unmet condition. (GATE_BLOCKED)",
        "S-2 is in draft; normal cards are worked on from in_progress on.",
        "Move S-2 to review.",
    ]
    assert set(Card.objects.values_list("title", "status")) == {("Free", "started"), ("Early", "not_started")}


def test_a_step_that_does_not_exist_is_refused_in_words(client: Any, board: Any) -> None:
    card = make_card(make_spec(board, status="in_progress"))
    refusal, way = cells(act(client, CARDS, "move", card, status="done"))[1:3]
    assert refusal == "A card in not_started cannot go to done in one step. (INVALID_TRANSITION)"
    assert way == "The shortest way: not started → in progress → done"


def test_the_priority_of_cards_is_set(client: Any, board: Any) -> None:
    cards = [make_card(make_spec(board)) for _ in range(2)]
    assert told(act(client, CARDS, "set_priority", *cards, priority="critical")) == ["Set priority: done for 2 of 2."]
    assert set(Card.objects.values_list("priority", flat=True)) == {"critical"}


@pytest.mark.parametrize("address", [SPECS, IDEATIONS])
def test_plans_are_moved(client: Any, board: Any, address: str) -> None:
    plan = make_spec(board) if address == SPECS else make_ideation(board)
    assert told(act(client, address, "move", plan, status="review")) == ["Move: done for 1 of 1."]
    plan.refresh_from_db()
    assert plan.status == "review"


def test_a_card_is_archived_and_restored(client: Any, board: Any) -> None:
    card = make_card(make_spec(board))
    act(client, CARDS, "archive", card)
    archived = Card.objects.get().is_archived
    act(client, CARDS, "restore", card)
    assert (archived, Card.objects.get().is_archived) == (True, False)


def test_a_record_offers_what_suits_its_state(client: Any, board: Any) -> None:
    card = make_card(make_spec(board))
    before = buttons(client, f"{CARDS}{card.pk}/change/")
    act(client, CARDS, "archive", card)
    after = buttons(client, f"{CARDS}{card.pk}/change/")
    assert ("archive" in before, "restore" in before) == (True, False)
    assert ("archive" in after, "restore" in after) == (False, True)


def test_a_board_gets_a_preset_and_is_archived_and_restored(client: Any, board: Any) -> None:
    messages = [
        *told(act(client, BOARDS, "apply_preset", board, preset="strict")),
        *told(act(client, BOARDS, "archive_board", board)),
    ]
    board.refresh_from_db()
    assert (board.settings["solo_review"], board.archived_at is None) == (False, False)
    messages += told(act(client, BOARDS, "restore_board", board))
    assert messages == [f"{label}: done for 1 of 1." for label in ("Apply gate preset", "Archive", "Restore")]


def test_a_change_on_an_archived_board_is_refused_in_words(client: Any, board: Any) -> None:
    card = make_card(make_spec(board))
    act(client, BOARDS, "archive_board", board)
    found = cells(act(client, CARDS, "set_priority", card, priority="low"))
    assert found[1:] == [
        "1 unmet condition. (GATE_BLOCKED)",
        "The board is archived. Restore it first.",
        "Restore the board.",
    ]


def test_a_revoked_grant_ends(client: Any, board: Any) -> None:
    make_member(board, "alice")
    assert told(act(client, GRANTS, "revoke", BoardGrant.objects.get())) == ["Revoke: done for 1 of 1."]
    assert not BoardGrant.objects.exists()


def test_a_removed_dependency_ends(client: Any, board: Any) -> None:
    spec = make_spec(board)
    CardDependency.objects.create(card=make_card(spec), depends_on=make_card(spec))
    assert told(act(client, WAITS, "remove", CardDependency.objects.get())) == ["Remove: done for 1 of 1."]
    assert not CardDependency.objects.exists()


@pytest.mark.parametrize("address", list(MODELS))
def test_who_only_watches_is_offered_nothing_that_writes(
    browser: Callable[..., Any], plans_on: None, address: str
) -> None:
    model = admin.site._registry[MODELS[address]]
    writing = {action.name for action in model.operation_actions if REGISTRY[action.operation].writes}
    assert offered(browser("auditor"), address).isdisjoint(writing)
    assert writing


@pytest.fixture
def plans_on(board: Any) -> None:
    """A board with an agent, one plan of each kind, and two cards of which one waits for the other."""
    make_member(board, "alice")
    ideation = make_ideation(board)
    make_refinement(ideation)
    spec = make_spec(board, ideation=ideation)
    make_sprint(spec)
    CardDependency.objects.create(card=make_card(spec), depends_on=make_card(spec))
