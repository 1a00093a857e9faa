"""Taking back a move."""

import pytest

from boards.models import BoardGrant
from pulse_project.core import auth, clock
from pulse_project.core.models import Agent
from specs.models import CardReport
from tests.boards.making import make_card, make_member, make_spec
from tests.specs.card_making import REPORT, caller_on, events, open_spec, unmet

NOW = 1_700_000_000_000_000


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


@pytest.fixture
def time():
    with clock.frozen_at(NOW) as time:
        yield time


def test_a_move_is_taken_back_with_its_place(act, spec):
    cards = [make_card(spec) for _ in range(3)]
    moved = act("move_card", card_id=str(cards[1].pk), status="started")
    undone = act("undo_move", event_seq=moved["event_seq"])
    assert (undone["card"]["status"], undone["card"]["position"]) == ("not_started", 1)


def test_it_is_told_as_an_event_of_its_own(act, spec):
    card = make_card(spec)
    seq = act("move_card", card_id=str(card.pk), status="started")["event_seq"]
    act("undo_move", event_seq=seq)
    event = events(card)[-1]
    assert (event.type, event.from_status, event.to_status) == ("card.move_undone", "started", "not_started")
    assert event.payload["undone_seq"] == seq


def test_its_report_is_withdrawn(act, spec):
    card = make_card(spec, status="in_progress")
    seq = act("move_card", card_id=str(card.pk), status="done", **REPORT)["event_seq"]
    undone = act("undo_move", event_seq=seq)
    assert CardReport.objects.get(card=card).withdrawn_at is not None
    assert (undone["card"]["status"], undone["card"]["completed_at"]) == ("in_progress", None)


def test_times_come_back(act, spec):
    done = clock.from_us(NOW - 5_000_000)
    card = make_card(spec, status="done", completed_at=done)
    seq = act("move_card", card_id=str(card.pk), status="in_progress")["event_seq"]
    undone = act("undo_move", event_seq=seq)
    assert (undone["card"]["completed_at"], undone["card"]["started_at"]) == (clock.iso(NOW - 5_000_000), None)


def test_no_condition_is_asked(board, act):
    card = make_card(make_spec(board), status="started")
    seq = act("move_card", card_id=str(card.pk), status="cancelled")["event_seq"]
    assert act("undo_move", event_seq=seq)["card"]["status"] == "started"


@pytest.mark.parametrize(("seconds", "ok"), [(30, True), (31, False)])
def test_it_is_possible_for_thirty_seconds(act, spec, time, seconds, ok):
    seq = act("move_card", card_id=str(make_card(spec).pk), status="started")["event_seq"]
    time.advance(seconds)
    answer = act("undo_move", event_seq=seq)
    assert answer.get("success", False) is ok
    assert ok or (answer["code"], answer["details"]["reason"]) == ("INVALID_TRANSITION", "too_late")


def test_what_was_changed_since_is_not_taken_back(act, spec):
    card = make_card(spec)
    seq = act("move_card", card_id=str(card.pk), status="started")["event_seq"]
    act("update_card", card_id=str(card.pk), title="Other")
    assert act("undo_move", event_seq=seq)["details"]["reason"] == "changed_since"


def test_it_happens_once(act, spec):
    seq = act("move_card", card_id=str(make_card(spec).pk), status="started")["event_seq"]
    act("undo_move", event_seq=seq)
    assert act("undo_move", event_seq=seq)["details"]["reason"] == "changed_since"


def test_a_move_that_took_its_spec_back_stays(board, act):
    card = make_card(make_spec(board, status="validated"))
    seq = act("move_card", card_id=str(card.pk), status="cancelled")["event_seq"]
    assert act("undo_move", event_seq=seq)["details"]["reason"] == "effects_elsewhere"


def test_a_move_of_somebody_else_stays(board, act, spec):
    seq = act("move_card", card_id=str(make_card(spec).pk), status="started")["event_seq"]
    refused = caller_on(board, make_member(board, "bob"))("undo_move", event_seq=seq)
    assert (refused["code"], refused["details"]["reason"]) == ("PERMISSION_DENIED", "not_your_move")


def test_a_move_whose_right_was_lost_stays(board, act, spec):
    seq = act("move_card", card_id=str(make_card(spec).pk), status="started")["event_seq"]
    right = "card.move.not_started_to_started"
    BoardGrant.objects.filter(board=board, agent__agent_id="alice").update(overrides=[right])
    auth.forget()
    again = caller_on(board, auth.caller_of_agent(Agent.objects.get(agent_id="alice")))
    refused = again("undo_move", event_seq=seq)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", right)


def test_an_archived_card_stays(act, spec):
    card = make_card(spec)
    seq = act("move_card", card_id=str(card.pk), status="started")["event_seq"]
    type(card).objects.update(archived_at=clock.now())
    assert unmet(act("undo_move", event_seq=seq)) == ["archived.archived"]


def test_only_moves_are_taken_back(act, spec):
    card = make_card(spec)
    act("update_card", card_id=str(card.pk), title="Other")
    refused = act("undo_move", event_seq=events(card)[0].seq)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "event_seq")


def test_a_number_that_is_none_is_refused(act):
    assert act("undo_move", event_seq=0)["code"] == "VALIDATION_ERROR"


def test_a_move_on_another_board_is_not_found(board, act, spec, mallory):
    seq = act("move_card", card_id=str(make_card(spec).pk), status="started")["event_seq"]
    elsewhere = type(board).objects.exclude(pk=board.pk).get()
    assert caller_on(elsewhere, mallory)("undo_move", event_seq=seq)["details"]["field"] == "event_seq"
    assert caller_on(board, mallory)("undo_move", event_seq=seq)["details"]["field"] == "board_id"
