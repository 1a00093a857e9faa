"""Activity and history: queries over the events, by kind, action and card."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards import call as board_call
from boards.queries import activity
from pulse_project.core import db
from tests.boards.making import make_card, make_member, make_spec
from tests.conftest import run


@pytest.fixture
def card(board):
    return make_card(make_spec(board))


def tell(caller, entity, event, **over):
    """One event as an operation tells it."""
    with db.write_tx():
        board_call.open_on(caller, entity.board).tell(event, entity, **over)


def log(caller, board, **over):
    return run("okto_pulse_get_activity_log", caller, board_id=str(board.pk), **over)


def test_a_row_has_its_published_keys(board, alice, card):
    tell(alice, card, "card.moved", moved=("not_started", "started"))
    (row,) = log(alice, board)["result"]
    assert (row["action"], row["actor_type"], row["actor_id"], row["actor_name"], row["card_id"]) == (
        "card_moved", "agent", "alice", "Alice", str(card.pk),
    )  # fmt: skip
    assert (row["details"]["from_status"], row["details"]["to_status"]) == ("not_started", "started")
    assert {"id", "created_at"} <= row.keys()


def test_details_name_changed_fields_and_repeat_no_text(board, alice, card):
    tell(alice, card, "card.updated", changes=[{"field": "title", "old": "secret", "new": "public"}])
    (row,) = log(alice, board)["result"]
    assert row["details"]["changed_fields"] == ["title"]
    assert "secret" not in str(row)


def test_the_newest_comes_first(board, alice, card):
    run("okto_pulse_add_comment", alice, card_id=str(card.pk), content="x")
    run("okto_pulse_ask_question", alice, card_id=str(card.pk), question="x")
    assert [row["action"] for row in log(alice, board)["result"]] == ["question_added", "comment_added"]


def test_one_change_is_one_row(board, alice, card):
    run("okto_pulse_add_comment", alice, card_id=str(card.pk), content="x")
    assert len(log(alice, board)["result"]) == 1


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("card.moved", "card_moved"),
        ("spec_choice_question.added", "spec_choice_question_added"),
        ("test_scenario.status_changed", "test_scenario_status_changed"),
        ("sprint.tasks_assigned", "sprint_tasks_assigned"),
    ],
)
def test_an_action_is_a_type_with_the_dot_replaced(board, alice, card, event, action):
    tell(alice, card, event)
    tell(alice, card, "card.updated")
    assert [row["action"] for row in log(alice, board, action=action)["result"]] == [action]


def test_the_log_of_one_card_holds_nothing_else(board, alice, card):
    tell(alice, card, "card.updated")
    tell(alice, make_card(card.spec), "card.updated")
    rows = log(alice, board, card_id=card.ref)["result"]
    assert [row["entity_id"] for row in rows] == [str(card.pk)]


def test_a_page_leads_to_what_is_older(board, alice, card):
    for number in range(5):
        tell(alice, card, "card.updated", number=number)
    first = log(alice, board, limit=3)
    rest = log(alice, board, limit=3, cursor=first["next_cursor"])
    assert [row["details"]["number"] for row in (*first["result"], *rest["result"])] == [4, 3, 2, 1, 0]
    assert (rest["next_cursor"], len(log(alice, board, offset=4)["result"])) == (None, 1)


@pytest.mark.parametrize("over", [{"cursor": "x"}, {"limit": 0}, {"limit": 201}, {"offset": -1}])
def test_a_page_out_of_bounds_is_refused(board, alice, over):
    assert log(alice, board, **over)["code"] == "VALIDATION_ERROR"


def test_kinds_that_the_caller_may_not_read_are_left_out(board, alice, card):
    tell(alice, card, "card.updated")
    tell(alice, card.spec, "spec.updated")
    bob = make_member(board, "bob", overrides=["spec.entity.read"])
    assert [row["action"] for row in log(bob, board)["result"]] == ["card_updated"]


def test_other_boards_are_left_out(board, alice, mallory, card):
    tell(alice, card, "card.updated")
    theirs = run("okto_pulse_list_my_boards", mallory)["boards"][0]["id"]
    assert run("okto_pulse_get_activity_log", mallory, board_id=theirs)["result"] == []
    assert log(mallory, board)["code"] == "NOT_FOUND"


def test_the_flag_of_cards_opens_the_log_of_a_card_only(board, card):
    bob = make_member(board, "bob", overrides=["board.activity_read"])
    whole, one = log(bob, board), log(bob, board, card_id=str(card.pk))
    assert whole["details"]["required_permission"] == "board.activity_read"
    assert one["result"] == []


def test_without_either_flag_no_log_is_open(board, card):
    bob = make_member(board, "bob", overrides=["board.activity_read", "card.activity_read"])
    assert log(bob, board, card_id=str(card.pk))["code"] == "PERMISSION_DENIED"


def test_an_unknown_card_is_not_found(board, alice):
    assert log(alice, board, card_id="C-99")["code"] == "NOT_FOUND"


@pytest.mark.parametrize("count", [3, 30])
def test_a_log_of_any_length_costs_the_same_queries(board, alice, card, count):
    for number in range(count):
        tell(make_member(board, f"agent-{number}"), card, "card.updated")
    with CaptureQueriesContext(connection) as queries:
        found = log(alice, board)
    assert (len(found["result"]), len(queries) <= 8) == (count, True)


def test_a_history_holds_making_changes_and_moves_newest_first(board, alice, card):
    spec = card.spec
    tell(alice, spec, "spec.created")
    tell(alice, spec, "spec.updated", changes=[{"field": "title", "old": "a", "new": "b"}], summary="Renamed.")
    tell(alice, spec, "spec_question.added", qa_id="x")
    tell(alice, spec, "spec.moved", moved=("draft", "review"))
    moved, updated, created = activity.entries(activity.history_of(spec).order_by("-seq"))
    assert moved["changes"] == [{"field": "status", "old": "draft", "new": "review"}]
    assert (updated["changes"], updated["summary"]) == ([{"field": "title", "old": "a", "new": "b"}], "Renamed.")
    assert (created["action"], created["changes"], created["version"]) == ("spec_created", None, 1)
