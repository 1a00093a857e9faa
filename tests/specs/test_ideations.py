"""Ideations: making, changing, judging, deleting."""

import pytest

from specs.models import Ideation, Refinement, Spec
from tests.boards.making import make_board, make_ideation, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.planning import events_of, make_done_ideation

CREATE, GET, CONTEXT, UPDATE, EVALUATE, DELETE = (
    f"okto_pulse_{name}"
    for name in (
        "create_ideation", "get_ideation", "get_ideation_context", "update_ideation",
        "evaluate_ideation", "delete_ideation",
    )
)  # fmt: skip


@pytest.fixture
def ideation(board):
    return make_ideation(board, description="d", problem_statement="p", labels=["a"])


def changed(ideation):
    ideation.refresh_from_db()
    return (ideation.version, ideation.revision)


def test_a_new_ideation_is_a_draft_with_a_reference(board, alice):
    made = run(CREATE, alice, board_id=str(board.pk), title="Retry", labels='["backend", "a, b"]')["ideation"]
    assert (made["status"], made["version"], made["revision"], made["ref"]) == ("draft", 1, 1, "I-1")
    assert (made["labels"], made["created_by"], made["complexity"]) == (["backend", "a, b"], "alice", None)


def test_making_one_is_one_event(board, alice):
    made = run(CREATE, alice, board_id=str(board.pk), title="Retry")["ideation"]
    assert events_of(Ideation.objects.get(pk=made["id"])) == ["ideation.created"]


@pytest.mark.parametrize("wrong", [
    {"title": ""}, {"title": "x" * 501}, {"labels": "a,b"}, {"status": "done"}, {"description": "x" * 100_001},
])  # fmt: skip
def test_what_does_not_fit_is_refused(board, alice, wrong):
    refused = run(CREATE, alice, **{"board_id": str(board.pk), "title": "Retry", **wrong})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(wrong)))


def test_making_one_needs_its_flag(board):
    bob = make_member(board, "bob", "Executor")
    refused = run(CREATE, bob, board_id=str(board.pk), title="Retry")
    assert refused["details"]["required_permission"] == "ideation.entity.create"


def test_a_new_text_is_a_new_version(alice, ideation):
    run(UPDATE, alice, ideation_id=str(ideation.pk), problem_statement="new")
    assert changed(ideation) == (2, 2)


def test_a_new_title_is_none(alice, ideation):
    run(UPDATE, alice, ideation_id=str(ideation.pk), title="new")
    assert changed(ideation) == (1, 2)


def test_an_empty_text_means_unchanged_and_null_empties(alice, ideation):
    answer = run(UPDATE, alice, ideation_id=str(ideation.pk), title="new", description="", problem_statement=None)
    assert (answer["ideation"]["description"], answer["ideation"]["problem_statement"]) == ("d", "")


def test_the_same_values_change_nothing(alice, ideation):
    answer = run(UPDATE, alice, ideation_id=str(ideation.pk), description="d", labels=["a"])
    assert (answer["success"], changed(ideation), events_of(ideation)) == (True, (1, 1), [])


def test_nothing_to_change_is_refused(alice, ideation):
    assert run(UPDATE, alice, ideation_id=str(ideation.pk), title="")["code"] == "VALIDATION_ERROR"


def test_a_status_in_an_update_names_the_move(alice, ideation):
    refused = run(UPDATE, alice, ideation_id=str(ideation.pk), status="done")
    assert (refused["code"], refused["details"]["operation"]) == ("VALIDATION_ERROR", "okto_pulse_move_ideation")


def test_a_scope_in_an_update_brings_its_complexity(alice, ideation):
    answer = run(UPDATE, alice, ideation_id=str(ideation.pk), scope_assessment={"domains": 3})["ideation"]
    assert (answer["scope_assessment"], answer["complexity"], answer["version"]) == ({"domains": 3}, "large", 2)


def test_texts_are_closed_outside_draft(board, alice):
    ideation = make_ideation(board, status="approved")
    refused = run(UPDATE, alice, ideation_id=str(ideation.pk), description="new")
    (unmet,) = refused["details"]["unmet"]
    assert (refused["code"], unmet["code"]) == ("GATE_BLOCKED", "editable.not_draft")
    assert unmet["fix"]["params"]["status"] == "review"


@pytest.mark.parametrize("change", [{"assignee_id": "bob"}, {"labels": ["b"]}])
def test_who_works_on_it_and_labels_stay_open(board, alice, change):
    ideation = make_ideation(board, status="approved")
    assert run(UPDATE, alice, ideation_id=str(ideation.pk), **change)["success"]


@pytest.mark.parametrize(("change", "flag"), [
    ({"title": "x"}, "ideation.entity.edit_fields"),
    ({"assignee_id": "bob"}, "ideation.entity.assign"),
    ({"labels": ["b"]}, "ideation.entity.label"),
    ({"title": "x"}, "ideation.interact_in.draft"),
])  # fmt: skip
def test_each_field_has_its_flag(board, ideation, change, flag):
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(UPDATE, bob, ideation_id=str(ideation.pk), **change)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


@pytest.mark.parametrize("name", [UPDATE, DELETE])
def test_a_stale_reader_changes_nothing(alice, ideation, name):
    given = {"title": "x"} if name == UPDATE else {}
    refused = run(name, alice, ideation_id=str(ideation.pk), expected_version=9, **given)
    assert (refused["code"], refused["details"]["current_version"]) == ("VERSION_CONFLICT", 1)


@pytest.mark.parametrize("name", [UPDATE, DELETE, EVALUATE])
def test_what_is_archived_takes_no_change(board, alice, name):
    from pulse_project.core import clock

    ideation = make_ideation(board, archived_at=clock.now())
    given = {UPDATE: {"labels": ["b"]}, DELETE: {}, EVALUATE: {"domains": 1}}[name]
    refused = run(name, alice, ideation_id=str(ideation.pk), **given)
    assert refused["details"]["unmet"][0]["gate"] == "archived"


@pytest.mark.parametrize(("scores", "complexity"), [
    ((1, 1, 1), "small"), ((1, 2, 1), "medium"), ((1, 2, 3), "large"), ((5, "", ""), "large"),
    (("", "", "2"), "medium"), ((1, "", ""), "small"),
])  # fmt: skip
def test_the_highest_score_decides(board, alice, scores, complexity):
    ideation = make_ideation(board, status="evaluating")
    given = dict(zip(("domains", "ambiguity", "dependencies"), scores, strict=True))
    assert run(EVALUATE, alice, ideation_id=str(ideation.pk), **given)["complexity"] == complexity


def test_scores_are_merged_into_those_that_are_there(board, alice):
    ideation = make_ideation(board, status="evaluating", scope_assessment={"domains": 2}, complexity="medium")
    given = {"ambiguity": "3", "ambiguity_justification": "Unclear."}
    answer = run(EVALUATE, alice, ideation_id=str(ideation.pk), **given)
    assert answer["scope_assessment"] == {"domains": 2, "ambiguity": 3, "ambiguity_justification": "Unclear."}


@pytest.mark.parametrize("score", ["0", "6", "-1", "x", "2.5"])
def test_a_score_outside_its_range_is_refused(board, alice, score):
    ideation = make_ideation(board, status="evaluating")
    refused = run(EVALUATE, alice, ideation_id=str(ideation.pk), domains=score)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "domains")


def test_an_evaluation_needs_a_score(board, alice):
    ideation = make_ideation(board, status="evaluating")
    assert run(EVALUATE, alice, ideation_id=str(ideation.pk))["code"] == "VALIDATION_ERROR"


def test_scores_are_taken_in_evaluating_only(board, alice):
    refused = run(EVALUATE, alice, ideation_id=str(make_done_ideation(board).pk), domains=1)
    assert refused["code"] == "INVALID_TRANSITION"
    assert refused["details"] == {"status": "done", "accepted_in": ["evaluating"]}


def test_an_evaluation_is_one_event_of_its_own(board, alice):
    ideation = make_ideation(board, status="evaluating")
    run(EVALUATE, alice, ideation_id=str(ideation.pk), domains=1)
    assert (events_of(ideation), changed(ideation)) == (["ideation.complexity_evaluated"], (1, 2))


def test_deleting_takes_the_refinements_and_leaves_the_specs(board, alice):
    ideation = make_done_ideation(board)
    refinement = make_refinement(ideation)
    spec = make_spec(board, ideation=ideation, refinement=refinement)
    assert run(DELETE, alice, ideation_id=str(ideation.pk)) == {"success": True}
    assert (Ideation.objects.count(), Refinement.objects.count()) == (0, 0)
    assert Spec.objects.values_list("pk", "ideation", "refinement").get() == (spec.pk, None, None)


def test_deleting_is_told_of_the_ideation_and_each_refinement(board, alice):
    ideation = make_done_ideation(board)
    refinement = make_refinement(ideation)
    run(DELETE, alice, ideation_id=str(ideation.pk))
    assert (events_of(ideation), events_of(refinement)) == (["ideation.deleted"], ["refinement.deleted"])


@pytest.mark.parametrize("name", [GET, CONTEXT, UPDATE, DELETE, EVALUATE, "okto_pulse_get_ideation_history"])
def test_a_stranger_finds_nothing(mallory, ideation, name):
    answer = run(name, mallory, ideation_id=str(ideation.pk), **({"title": "x"} if name == UPDATE else {}))
    absent = run(name, mallory, ideation_id="0" * 32, **({"title": "x"} if name == UPDATE else {}))
    assert (answer["code"], answer) == ("NOT_FOUND", absent)


@pytest.mark.parametrize("name", [GET, UPDATE, DELETE])
def test_the_id_of_another_board_is_unknown(board, alice, name):
    foreign = make_ideation(make_board())
    given = {"title": "x"} if name == UPDATE else {}
    assert run(name, alice, board_id=str(board.pk), ideation_id=str(foreign.pk), **given)["code"] == "NOT_FOUND"
