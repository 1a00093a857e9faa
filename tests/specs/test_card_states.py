"""Every pair of statuses of a card, and what a step does."""

import pytest

from boards.models.entity import STATUSES
from pulse_project.core import clock
from specs.models import CardReport
from tests.boards.making import make_card, make_member, make_spec
from tests.specs.card_making import REPORT, caller_on, events, link, make_scenario, open_spec, report_on, unmet

ALL = STATUSES["card"]
# what may follow each status; (t) test cards only, (w) normal and bug cards only
TABLE = {
    "not_started": "started in_progress done(t) cancelled",
    "started": "not_started in_progress on_hold done(t) cancelled",
    "in_progress": "started validation(w) on_hold done cancelled",
    "validation": "in_progress on_hold done cancelled",
    "on_hold": "in_progress cancelled",
    "done": "in_progress",
    "cancelled": "not_started",
}


def follows(start, card_type):
    suffixes = ("", "(t)" if card_type == "test" else "(w)")
    words = TABLE[start].split()
    return {to for to in ALL if any(f"{to}{suffix}" in words for suffix in suffixes)}


@pytest.fixture
def spec(board):
    return open_spec(board)


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.mark.parametrize("card_type", ["normal", "test", "bug"])
@pytest.mark.parametrize("to", ALL)
@pytest.mark.parametrize("start", ALL)
def test_a_pair_is_a_step_exactly_when_the_table_says_so(board, spec, act, start, to, card_type):
    board.settings = {"require_test_task_for_bug": False}
    board.save(update_fields=["settings"])
    card = make_card(spec, status=start, card_type=card_type, severity="major" if card_type == "bug" else "")
    answer = act("move_card", card_id=str(card.pk), status=to, **REPORT)
    if to == start or to in follows(start, card_type):
        assert answer["card"]["status"] == to
    else:
        assert (answer["code"], set(answer["details"]["allowed"])) == (
            "INVALID_TRANSITION", follows(start, card_type),
        )  # fmt: skip


def test_a_refused_pair_names_the_way(spec, act):
    card = make_card(spec)
    refused = act("move_card", card_id=str(card.pk), status="validation")
    assert refused["details"] == {
        "from": "not_started",
        "to": "validation",
        "allowed": ["started", "in_progress", "cancelled"],
        "path": ["not_started", "in_progress", "validation"],
    }


def test_a_status_that_does_not_exist_is_refused(spec, act):
    refused = act("move_card", card_id=str(make_card(spec).pk), status="parked")
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "status")


def test_a_step_is_told_as_one_event(spec, act):
    card = make_card(spec)
    moved = act("move_card", card_id=str(card.pk), status="started")
    [event] = events(card)
    assert (event.type, event.from_status, event.to_status) == ("card.moved", "not_started", "started")
    assert (event.seq, event.entity_revision) == (moved["event_seq"], moved["card"]["revision"])
    assert event.payload["spec_id"] == str(spec.pk)


def test_work_is_timed_from_its_first_begin_to_its_last_end(spec, act):
    card = make_card(spec)
    with clock.frozen_at(1_700_000_000_000_000) as time:
        for status in ("in_progress", "validation", "done", "in_progress"):
            moved = act("move_card", card_id=str(card.pk), status=status, **REPORT)
            time.advance(60)
        assert (moved["card"]["started_at"], moved["card"]["completed_at"]) == (
            "2023-11-14T22:13:20.000000+00:00",
            None,
        )
        act("move_card", card_id=str(card.pk), status="validation", **REPORT)
        done = act("move_card", card_id=str(card.pk), status="done")
    assert done["card"]["started_at"] == "2023-11-14T22:13:20.000000+00:00"
    assert done["card"]["completed_at"] == "2023-11-14T22:17:20.000000+00:00"


def test_reopening_keeps_the_reports(spec, act):
    card = make_card(spec, status="done")
    report_on(card)
    act("move_card", card_id=str(card.pk), status="in_progress")
    assert CardReport.objects.filter(card=card, withdrawn_at=None).count() == 1


def test_reopened_work_is_reported_again(spec, act):
    card = make_card(spec, status="done")
    report_on(card)
    act("move_card", card_id=str(card.pk), status="in_progress")
    assert len(unmet(act("move_card", card_id=str(card.pk), status="validation"))) == 5


def test_cancelling_asks_for_nothing(board, act):
    waiting = make_card(make_spec(board, status="draft"), status="started")
    assert act("move_card", card_id=str(waiting.pk), status="cancelled")["card"]["status"] == "cancelled"


def test_a_cancelled_card_takes_a_validated_spec_back_to_approved(board, act):
    spec = make_spec(board, status="validated", locked_at=clock.now(), locked_by="alice")
    card = make_card(spec)
    act("move_card", card_id=str(card.pk), status="cancelled")
    spec.refresh_from_db()
    [moved] = events(spec)
    assert (spec.status, spec.locked_at, spec.locked_by) == ("approved", None, "")
    assert (moved.type, moved.payload["reason"], moved.payload["card_ids"]) == (
        "spec.moved", "card_withdrawn", [str(card.pk)],
    )  # fmt: skip


def test_a_cancelled_card_leaves_a_spec_in_work_alone(spec, act):
    act("move_card", card_id=str(make_card(spec).pk), status="cancelled")
    spec.refresh_from_db()
    assert spec.status == "in_progress"


def test_a_test_card_goes_straight_to_done_with_a_report(board, act):
    spec = make_spec(board, status="validated")
    card = make_card(spec, card_type="test")
    link(make_scenario(spec, status="passed"), card)
    done = act("move_card", card_id=str(card.pk), status="done", **REPORT)
    assert (done["card"]["status"], CardReport.objects.get(card=card).source) == ("done", "move_to_done")


def test_an_archived_card_does_not_move(spec, act):
    card = make_card(spec, archived_at=clock.now())
    assert unmet(act("move_card", card_id=str(card.pk), status="started")) == ["archived.archived"]
    assert unmet(act("move_card", card_id=str(card.pk), status="not_started")) == ["archived.archived"]


def test_each_step_asks_for_its_own_right(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.move.started_to_in_progress"]))
    card = make_card(spec, status="started")
    refused = bob("move_card", card_id=str(card.pk), status="in_progress")
    assert refused["details"]["required_permission"] == "card.move.started_to_in_progress"
    assert bob("move_card", card_id=str(card.pk), status="not_started")["success"]


def test_a_step_asks_for_the_right_to_work_in_the_status_it_leaves(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.interact_in.started"]))
    refused = bob("move_card", card_id=str(make_card(spec, status="started").pk), status="not_started")
    assert (refused["details"]["reason"], refused["details"]["required_permission"]) == (
        "interact_in_blocked", "card.interact_in.started",
    )  # fmt: skip


def test_a_report_asks_for_the_right_to_write_one(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.conclusion.write"]))
    refused = bob("move_card", card_id=str(make_card(spec, status="validation").pk), status="done", **REPORT)
    assert refused["details"]["required_permission"] == "card.conclusion.write"


def test_a_stranger_learns_nothing_of_a_card(board, spec, mallory):
    card = make_card(spec)
    refused = caller_on(board, mallory)("move_card", card_id=str(card.pk), status="started")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "board_id")


def test_a_card_of_another_board_is_not_found(board, mallory, act):
    elsewhere = make_card(open_spec(type(board).objects.exclude(pk=board.pk).get()))
    refused = act("move_card", card_id=str(elsewhere.pk), status="started")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "card_id")


def test_an_older_revision_moves_nothing(spec, act):
    card = make_card(spec)
    act("move_card", card_id=str(card.pk), status="started")
    refused = act("move_card", card_id=str(card.pk), status="in_progress", expected_version=1)
    assert (refused["code"], refused["details"]["current_version"]) == ("VERSION_CONFLICT", 2)


def test_a_card_moves_by_its_reference(spec, act):
    card = make_card(spec)
    assert act("move_card", card_id=card.ref, status="started")["card"]["id"] == str(card.pk)
