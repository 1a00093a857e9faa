"""Many cards in one call."""

import pytest

from boards.models import Card
from pulse_project.core.models import DomainEvent
from pulse_project.core.operations import REGISTRY
from tests.boards.making import make_card, make_member, make_spec
from tests.specs.card_making import REPORT, caller_on, open_spec

TOOLS = {"create_cards": "cards", "update_cards": "cards", "move_cards": "moves"}


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


def test_cards_are_made_together(act, spec):
    answer = act("create_cards", cards=[{"title": f"Card {place}", "spec_id": spec.ref} for place in range(3)])
    assert (answer["success"], answer["done"], answer["failed"]) == (True, 3, 0)
    assert [(row["index"], row["ok"], row["card"]["position"]) for row in answer["results"]] == [
        (0, True, 0), (1, True, 1), (2, True, 2),
    ]  # fmt: skip


def test_an_item_that_fails_stops_no_other(board, act, spec):
    draft = make_spec(board)
    given = [{"title": "A", "spec_id": spec.ref}, {"title": "B", "spec_id": draft.ref}, {"title": "C"}]
    answer = act("create_cards", cards=[*given, {"title": "D", "spec_id": spec.ref, "status": "done"}])
    assert [row.get("code", "ok") for row in answer["results"]] == [
        "ok", "GATE_BLOCKED", "VALIDATION_ERROR", "VALIDATION_ERROR",
    ]  # fmt: skip
    assert (answer["success"], list(Card.objects.values_list("title", flat=True))) == (False, ["A"])


def test_an_item_is_refused_as_the_single_call_would_be(act, spec):
    card = make_card(spec)
    single = act("move_card", card_id=str(card.pk), status="validation")
    [row] = act("move_cards", moves=[{"card_id": str(card.pk), "status": "validation"}])["results"]
    assert {key: row[key] for key in ("error", "code", "details")} == single


def test_what_failed_is_told_by_no_event(act, spec):
    started = make_card(spec, status="started")
    act("create_cards", cards=[{"title": "A", "spec_id": spec.ref, "test_scenario_ids": ["ts_1"]}])
    act("move_cards", moves=[{"card_id": str(started.pk), "status": status} for status in ("in_progress", "started")])
    assert list(DomainEvent.objects.order_by("seq").values_list("type", flat=True)) == ["card.moved", "card.moved"]


def test_moves_happen_in_the_order_given(act, spec):
    card = make_card(spec)
    moves = [{"card_id": card.ref, "status": status, **REPORT} for status in ("in_progress", "validation", "done")]
    answer = act("move_cards", moves=moves)
    events = list(DomainEvent.objects.order_by("seq").values_list("seq", flat=True))
    assert [row["event_seq"] for row in answer["results"]] == events
    assert answer["results"][2]["card"]["status"] == "done"


def test_cards_are_changed_together(act, spec):
    one, two = make_card(spec), make_card(spec)
    changes = [{"card_id": str(card.pk), "labels": ["x"]} for card in (one, two)]
    answer = act("update_cards", cards=[*changes, {"card_id": str(one.pk), "status": "done"}])
    assert [row["card"]["labels"] for row in answer["results"][:2]] == [["x"], ["x"]]
    assert answer["results"][2]["details"]["operation"] == "okto_pulse_move_card"


def test_an_item_names_no_board(board, act, spec):
    [row] = act("create_cards", cards=[{"board_id": str(board.pk), "title": "A", "spec_id": spec.ref}])["results"]
    assert (row["code"], row["details"]["field"]) == ("VALIDATION_ERROR", "board_id")


def test_each_item_asks_for_its_own_rights(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.move.any_to_cancelled"]))
    card = make_card(spec)
    moves = [{"card_id": str(card.pk), "status": status} for status in ("cancelled", "started")]
    rows = bob("move_cards", moves=moves)["results"]
    assert (rows[0]["details"]["required_permission"], rows[1]["ok"]) == ("card.move.any_to_cancelled", True)


@pytest.mark.parametrize(("name", "argument"), TOOLS.items())
@pytest.mark.parametrize("count", [0, 101])
def test_there_are_between_one_and_a_hundred_items(act, name, argument, count):
    refused = act(name, **{argument: [{"card_id": "C-1"}] * count})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", argument)


@pytest.mark.parametrize(("name", "argument"), TOOLS.items())
def test_the_schema_of_an_item_is_that_of_the_single_call(name, argument):
    single = REGISTRY[f"okto_pulse_{name.removesuffix('s')}"].input_schema["properties"]
    item = REGISTRY[f"okto_pulse_{name}"].input_schema["properties"][argument]["items"]
    assert set(item["properties"]) == set(single) - {"board_id", "idempotency_key"}
    assert item["additionalProperties"] is False


@pytest.mark.parametrize(("name", "argument"), TOOLS.items())
def test_a_stranger_does_nothing(board, spec, mallory, name, argument):
    refused = caller_on(board, mallory)(name, **{argument: [{"card_id": "C-1"}]})
    assert refused["code"] == "NOT_FOUND"


def test_making_cards_needs_the_right(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.create"]))
    refused = bob("create_cards", cards=[{"title": "A", "spec_id": spec.ref}])
    assert refused["details"]["required_permission"] == "card.entity.create"
