"""The state machine of specs: every pair of states, the rights of its steps, and the lock."""

import sys

import pytest

from boards.models.entity import STATUSES
from pulse_project.core.models import DomainEvent
from specs.states import LOCKED
from tests.boards.making import make_member, make_spec
from tests.conftest import run

ALL = STATUSES["spec"]
LEGAL = {
    "draft": ["review", "cancelled"],
    "review": ["draft", "approved", "cancelled"],
    "approved": ["draft", "review", "validated", "cancelled"],
    "validated": ["draft", "approved", "in_progress", "cancelled"],
    "in_progress": ["validated", "done", "cancelled"],
    "done": ["draft"],
    "cancelled": ["draft"],
}
RIGHTS = {
    ("draft", "review"): "draft_to_review",
    ("review", "draft"): "draft_to_review",
    ("review", "approved"): "review_to_approved",
    ("approved", "review"): "review_to_approved",
    ("approved", "validated"): "approved_to_validated",
    ("approved", "draft"): "approved_to_draft",
    ("validated", "in_progress"): "validated_to_in_progress",
    ("in_progress", "validated"): "validated_to_in_progress",
    ("in_progress", "done"): "in_progress_to_done",
    ("validated", "approved"): "validated_to_draft",
    ("validated", "draft"): "validated_to_draft",
    ("done", "draft"): "validated_to_draft",
    ("cancelled", "draft"): "any_to_cancelled",
    **{(status, "cancelled"): "any_to_cancelled" for status in ALL if "cancelled" in LEGAL[status]},
}


def move(caller, spec, status, **over):
    return run("okto_pulse_move_spec", caller, spec_id=str(spec.pk), status=status, **over)


@pytest.fixture
def free(monkeypatch):
    """No conditions: what the states and rights alone say."""
    monkeypatch.setattr(sys.modules["specs.gates.gate"], "_gates", {})


@pytest.mark.parametrize("before", ALL)
def test_every_pair_of_states_is_legal_or_not(board, alice, free, before):
    answers = {after: move(alice, make_spec(board, status=before), after) for after in ALL}
    assert [after for after, answer in answers.items() if "error" not in answer] == sorted(LEGAL[before], key=ALL.index)
    refused = [answer for after, answer in answers.items() if after not in LEGAL[before]]
    assert {answer["code"] for answer in refused} == {"INVALID_TRANSITION"}
    assert all(answer["details"]["allowed"] == LEGAL[before] for answer in refused)


@pytest.mark.parametrize(("pair", "right"), list(RIGHTS.items()))
def test_every_step_needs_its_right(board, alice, free, pair, right):
    spec = make_spec(board, status=pair[0])
    bob = make_member(board, "bob", overrides=[f"spec.move.{right}"])
    refused = move(bob, spec, pair[1])
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", f"spec.move.{right}")


@pytest.mark.parametrize("pair", list(RIGHTS))
def test_the_lock_follows_the_state(board, alice, free, pair):
    spec = make_spec(board, status=pair[0])
    answer = move(alice, spec, pair[1])
    spec.refresh_from_db()
    assert (answer["locked"], spec.locked_at is not None, spec.locked_by) == (
        (True, True, "alice") if pair[1] in LOCKED else (False, False, "")
    )


def test_the_lock_stays_through_the_step_back_to_validated(board, alice, free):
    spec = make_spec(board, status="approved")
    move(alice, spec, "validated")
    spec.refresh_from_db()
    since = spec.locked_at
    for status in ("in_progress", "validated"):
        move(alice, spec, status)
    spec.refresh_from_db()
    assert spec.locked_at == since


def test_no_lock_survives_cancelling_and_restoring(board, alice, free):
    spec = make_spec(board, status="validated")
    for status in ("cancelled", "draft"):
        move(alice, spec, status)
    assert run("okto_pulse_update_spec", alice, spec_id=str(spec.pk), title="New")["success"] is True


def test_a_refused_move_names_the_shortest_way(board, alice):
    refused = move(alice, make_spec(board), "done")
    assert refused["details"]["path"] == ["draft", "review", "approved", "validated", "in_progress", "done"]


def test_an_unknown_state_is_refused(board, alice):
    assert move(alice, make_spec(board), "finished")["code"] == "VALIDATION_ERROR"


def test_a_move_tells_one_event_with_both_states(board, alice):
    spec = make_spec(board)
    move(alice, spec, "review")
    event = DomainEvent.objects.get(type="spec.moved")
    assert (event.from_status, event.to_status, event.entity_revision) == ("draft", "review", 2)


def test_a_move_from_an_older_revision_is_refused(board, alice):
    spec = make_spec(board)
    move(alice, spec, "review")
    assert move(alice, spec, "approved", expected_version=1)["code"] == "VERSION_CONFLICT"


def test_a_move_needs_the_right_to_work_in_the_present_state(board):
    bob = make_member(board, "bob", overrides=["spec.interact_in.draft"])
    refused = move(bob, make_spec(board), "review")
    assert (refused["details"]["reason"], refused["details"]["current_state"]) == ("interact_in_blocked", "draft")


def test_an_archived_spec_does_not_move(board, alice):
    from pulse_project.core import clock

    refused = move(alice, make_spec(board, archived_at=clock.now()), "review")
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "archived.archived")
