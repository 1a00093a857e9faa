"""What was done stays readable as it was."""

import pytest

from specs.models import Snapshot
from tests.boards.making import make_ideation, make_member, make_refinement
from tests.conftest import run
from tests.specs.planning import make_done_ideation

LIST, GET = "okto_pulse_list_ideation_snapshots", "okto_pulse_get_ideation_snapshot"
MOVE, UPDATE = "okto_pulse_move_ideation", "okto_pulse_update_ideation"


@pytest.fixture
def at(board, alice):
    """An ideation that is done at version 1, with an answered question."""
    ideation = make_ideation(board, status="evaluating", problem_statement="old", complexity="small", labels=["a"])
    at = {"ideation_id": str(ideation.pk)}
    asked = run("okto_pulse_ask_ideation_question", alice, **at, question="Why?")["qa"]
    run("okto_pulse_answer_ideation_question", alice, **at, qa_id=asked["id"], answer="So.")
    run(MOVE, alice, **at, status="done")
    return at


def again(caller, at, text):
    """Reopen the ideation, rewrite it, and bring it back to done."""
    run(MOVE, caller, **at, status="draft")
    run(UPDATE, caller, **at, problem_statement=text)
    for status in ("review", "approved", "evaluating", "done"):
        run(MOVE, caller, **at, status=status)


def test_a_snapshot_shows_the_texts_and_the_questions(alice, at):
    found = run(GET, alice, **at, version="1")
    assert (found["problem_statement"], found["complexity"], found["labels"]) == ("old", "small", ["a"])
    assert [(row["question"], row["answer"]) for row in found["qa_snapshot"]] == [("Why?", "So.")]


def test_the_published_keys_are_there(alice, at):
    assert {
        "ideation_id", "version", "title", "description", "problem_statement", "proposed_approach", "scope_assessment",
        "complexity", "labels", "qa_snapshot", "created_by", "created_at",
    } <= run(GET, alice, **at, version=1).keys()  # fmt: skip


def test_the_list_shows_the_newest_version_first_with_gaps(alice, at):
    again(alice, at, "new")
    answer = run(LIST, alice, **at)
    assert ([row["version"] for row in answer["snapshots"]], answer["count"]) == ([3, 1], 2)


def test_what_is_rewritten_leaves_the_snapshot_alone(alice, at):
    again(alice, at, "new")
    assert run(GET, alice, **at, version=1)["problem_statement"] == "old"
    assert run(GET, alice, **at, version=3)["problem_statement"] == "new"


@pytest.mark.parametrize(("version", "code"), [(2, "NOT_FOUND"), ("x", "VALIDATION_ERROR"), (0, "VALIDATION_ERROR")])
def test_a_version_without_a_snapshot_is_unknown(alice, at, version, code):
    assert run(GET, alice, **at, version=version)["code"] == code


def test_a_refinement_keeps_its_lists(board, alice):
    refinement = make_refinement(make_done_ideation(board), status="approved", in_scope=["A"], decisions=["D"])
    at = {"refinement_id": str(refinement.pk)}
    run("okto_pulse_move_refinement", alice, **at, status="done")
    found = run("okto_pulse_get_refinement_snapshot", alice, **at, version=1)
    assert (found["in_scope"], found["decisions"], found["refinement_id"]) == (["A"], ["D"], str(refinement.pk))
    assert run("okto_pulse_list_refinement_snapshots", alice, **at)["count"] == 1


@pytest.mark.parametrize("name", [LIST, GET])
def test_reading_them_needs_the_flag(board, at, name):
    bob = make_member(board, "bob", overrides=["ideation.versions_read"])
    refused = run(name, bob, **at, **({"version": 1} if name == GET else {}))
    assert refused["details"]["required_permission"] == "ideation.versions_read"


@pytest.mark.parametrize("name", [LIST, GET])
def test_a_stranger_finds_none(mallory, at, name):
    assert run(name, mallory, **at, **({"version": 1} if name == GET else {}))["code"] == "NOT_FOUND"


def test_they_end_with_their_object(alice, at):
    run("okto_pulse_delete_ideation", alice, **at)
    assert not Snapshot.objects.exists()
