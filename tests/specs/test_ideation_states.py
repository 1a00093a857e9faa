"""Moving ideations and refinements: every pair of statuses, conditions, snapshots and versions."""

import pytest

from specs.models import Snapshot
from tests.boards.making import make_board, make_ideation, make_member, make_refinement
from tests.conftest import run
from tests.specs.planning import events_of, make_done_ideation

IDEATION = {
    "draft": {"review", "cancelled"},
    "review": {"draft", "approved", "cancelled"},
    "approved": {"review", "evaluating", "cancelled"},
    "evaluating": {"approved", "done", "cancelled"},
    "done": {"draft"},
    "cancelled": set(),
}
REFINEMENT = {
    "draft": {"review", "cancelled"},
    "review": {"draft", "approved", "cancelled"},
    "approved": {"review", "done", "cancelled"},
    "done": {"draft"},
    "cancelled": set(),
}
MOVE_IDEATION, MOVE_REFINEMENT = "okto_pulse_move_ideation", "okto_pulse_move_refinement"


@pytest.fixture
def refinement(board):
    return make_refinement(make_done_ideation(board), in_scope=["A"])


@pytest.mark.parametrize(("frm", "to"), [(frm, to) for frm in IDEATION for to in IDEATION])
def test_every_pair_of_an_ideation_is_decided(board, alice, frm, to):
    ideation = make_ideation(board, status=frm)
    answer = run(MOVE_IDEATION, alice, ideation_id=str(ideation.pk), status=to)
    ideation.refresh_from_db()
    if to in IDEATION[frm]:
        assert (answer["from_status"], answer["to_status"], ideation.status) == (frm, to, to)
    else:
        assert (answer["code"], ideation.status) == ("INVALID_TRANSITION", frm)
        assert sorted(answer["details"]["allowed"]) == sorted(IDEATION[frm])


@pytest.mark.parametrize(("frm", "to"), [(frm, to) for frm in REFINEMENT for to in REFINEMENT])
def test_every_pair_of_a_refinement_is_decided(board, alice, refinement, frm, to):
    refinement.status = frm
    refinement.save()
    answer = run(MOVE_REFINEMENT, alice, refinement_id=str(refinement.pk), status=to)
    refinement.refresh_from_db()
    if to in REFINEMENT[frm]:
        assert (answer["refinement_id"], answer["to_status"], refinement.status) == (str(refinement.pk), to, to)
    else:
        assert (answer["code"], refinement.status) == ("INVALID_TRANSITION", frm)
        assert sorted(answer["details"]["allowed"]) == sorted(REFINEMENT[frm])


def test_a_refused_step_tells_the_way(board, alice):
    refused = run(MOVE_IDEATION, alice, ideation_id=str(make_ideation(board).pk), status="evaluating")
    assert refused["details"]["path"] == ["draft", "review", "approved", "evaluating"]


def test_an_unknown_status_is_refused_as_an_argument(board, alice):
    refused = run(MOVE_IDEATION, alice, ideation_id=str(make_ideation(board).pk), status="refined")
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "status")


def test_an_ideation_is_done_without_an_evaluation(board, alice):
    ideation = make_ideation(board, status="evaluating")
    assert run(MOVE_IDEATION, alice, ideation_id=str(ideation.pk), status="done")["success"]


def test_done_keeps_a_snapshot_of_the_version(board, alice):
    ideation = make_ideation(board, status="evaluating", version=4)
    run(MOVE_IDEATION, alice, ideation_id=str(ideation.pk), status="done")
    assert list(Snapshot.objects.values_list("entity_id", "version", "created_by")) == [(ideation.pk, 4, "alice")]


def test_reopening_begins_the_next_version(board, alice):
    ideation = make_done_ideation(board)
    moved = run(MOVE_IDEATION, alice, ideation_id=str(ideation.pk), status="draft")
    assert (moved["version"], moved["revision"]) == (2, 2)


def test_a_move_is_one_event_with_both_statuses(board, alice):
    from pulse_project.core.models import DomainEvent

    ideation = make_ideation(board)
    run(MOVE_IDEATION, alice, ideation_id=str(ideation.pk), status="review")
    event = DomainEvent.objects.get(entity_id=str(ideation.pk))
    assert (event.type, event.from_status, event.to_status) == ("ideation.moved", "draft", "review")


@pytest.mark.parametrize("scope", [[], ["", "  "]])
def test_a_refinement_without_scope_is_not_reviewed(board, alice, refinement, scope):
    refinement.in_scope = scope
    refinement.save()
    refused = run(MOVE_REFINEMENT, alice, refinement_id=str(refinement.pk), status="review")
    (unmet,) = refused["details"]["unmet"]
    assert (refused["code"], unmet["code"]) == ("GATE_BLOCKED", "refinement_scope.empty_scope")
    assert refused["details"]["transition"] == {"from": "draft", "to": "review"}


def test_the_fix_of_an_empty_scope_works_when_it_is_followed(board, alice, refinement):
    refinement.in_scope = []
    refinement.save()
    at = {"refinement_id": str(refinement.pk), "status": "review"}
    fix = run(MOVE_REFINEMENT, alice, **at)["details"]["unmet"][0]["fix"]
    run(fix["operation"], alice, **fix["params"], **{name: ["A"] for name in fix["needs"]})
    assert run(MOVE_REFINEMENT, alice, **at)["success"]


def test_looking_ahead_names_the_empty_scope(board, alice, refinement):
    refinement.in_scope = []
    refinement.save()
    at = {"board_id": str(board.pk), "entity_type": "refinement", "entity_id": str(refinement.pk)}
    rows = {row["to"]: row for row in run("okto_pulse_get_allowed_transitions", alice, **at)["transitions"]}
    assert (rows["review"]["allowed"], rows["cancelled"]["allowed"]) == (False, True)


@pytest.mark.parametrize(("frm", "to", "flag"), [
    ("draft", "review", "ideation.move.draft_to_evaluating"),
    ("approved", "evaluating", "ideation.move.draft_to_evaluating"),
    ("evaluating", "done", "ideation.move.evaluating_to_refined"),
    ("evaluating", "done", "ideation.move.refined_to_done"),
    ("done", "draft", "ideation.move.refined_to_done"),
    ("review", "cancelled", "ideation.move.any_to_cancelled"),
    ("draft", "review", "ideation.interact_in.draft"),
    ("review", "approved", "ideation.interact_in.refined"),
])  # fmt: skip
def test_each_step_has_its_flag(board, frm, to, flag):
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(MOVE_IDEATION, bob, ideation_id=str(make_ideation(board, status=frm).pk), status=to)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_what_is_archived_does_not_move(board, alice):
    from pulse_project.core import clock

    ideation = make_ideation(board, archived_at=clock.now())
    refused = run(MOVE_IDEATION, alice, ideation_id=str(ideation.pk), status="review")
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "archived.archived")


def test_a_stale_reader_does_not_move(board, alice, refinement):
    at = {"refinement_id": str(refinement.pk), "status": "review", "expected_version": 7}
    assert run(MOVE_REFINEMENT, alice, **at)["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize("named", [True, False])
def test_a_stranger_moves_nothing(board, mallory, named):
    ideation = make_ideation(board)
    at = {"board_id": str(board.pk)} if named else {}
    refused = run(MOVE_IDEATION, mallory, ideation_id=str(ideation.pk), status="review", **at)
    assert (refused["code"], events_of(ideation)) == ("NOT_FOUND", [])


def test_the_id_of_another_board_is_unknown(board, alice):
    foreign = make_ideation(make_board())
    at = {"board_id": str(board.pk), "ideation_id": str(foreign.pk), "status": "review"}
    assert run(MOVE_IDEATION, alice, **at)["code"] == "NOT_FOUND"
