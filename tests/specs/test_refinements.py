"""Refinements: making, changing, reading, deleting."""

import pytest

from specs.models import Refinement, Spec
from tests.boards.making import make_board, make_ideation, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.planning import events_of, make_done_ideation

CREATE, GET, CONTEXT, LIST, UPDATE, DELETE, HISTORY = (
    f"okto_pulse_{name}"
    for name in (
        "create_refinement", "get_refinement", "get_refinement_context", "list_refinements", "update_refinement",
        "delete_refinement", "get_refinement_history",
    )
)  # fmt: skip


@pytest.fixture
def ideation(board):
    return make_done_ideation(board, labels=["a"], problem_statement="Calls fail.")


@pytest.fixture
def refinement(ideation):
    return make_refinement(ideation, in_scope=["A"], analysis="x")


def changed(refinement):
    refinement.refresh_from_db()
    return (refinement.version, refinement.revision)


def test_a_new_refinement_takes_labels_and_description_of_its_ideation(alice, ideation):
    made = run(CREATE, alice, ideation_id=str(ideation.pk), title="Backoff", in_scope="A|B", decisions=["D, 1"])
    refinement = made["refinement"]
    assert (refinement["in_scope"], refinement["decisions"], refinement["labels"]) == (["A", "B"], ["D, 1"], ["a"])
    assert refinement["description"] == "## Problem Statement\n\nCalls fail."
    assert (refinement["ref"], refinement["ideation_id"]) == ("R-1", str(ideation.pk))


def test_the_description_holds_the_answers_that_were_given(alice, ideation):
    at = {"ideation_id": str(ideation.pk)}
    asked = run("okto_pulse_ask_ideation_question", alice, **at, question="How often?")["qa"]
    run("okto_pulse_answer_ideation_question", alice, **at, qa_id=asked["id"], answer="Thrice.")
    run("okto_pulse_ask_ideation_question", alice, **at, question="Why?")
    made = run(CREATE, alice, **at, title="Backoff")["refinement"]
    assert "## Questions and Answers\n\n- How often?\n  Thrice." in made["description"]
    assert "Why?" not in made["description"]


def test_making_one_is_one_event(alice, ideation):
    made = run(CREATE, alice, ideation_id=str(ideation.pk), title="Backoff")["refinement"]
    assert (events_of(Refinement.objects.get(pk=made["id"])), events_of(ideation)) == (["refinement.created"], [])


def test_it_is_cut_out_of_a_done_ideation_only(board, alice):
    ideation = make_ideation(board, status="evaluating")
    refused = run(CREATE, alice, ideation_id=str(ideation.pk), title="Backoff")
    (unmet,) = refused["details"]["unmet"]
    assert (refused["code"], unmet["code"]) == ("GATE_BLOCKED", "source_done.not_done")
    assert unmet["fix"]["params"] == {"board_id": str(board.pk), "ideation_id": str(ideation.pk), "status": "done"}


def test_following_the_fixes_leads_to_a_refinement(board, alice):
    given = {"ideation_id": str(make_ideation(board).pk), "title": "Backoff"}
    while (answer := run(CREATE, alice, **given)).get("code") == "GATE_BLOCKED":
        fix = answer["details"]["unmet"][0]["fix"]
        assert run(fix["operation"], alice, **fix["params"])["success"]
    assert answer["refinement"]["status"] == "draft"


@pytest.mark.parametrize("wrong", [
    {"title": ""}, {"in_scope": "a,b"}, {"decisions": "[1]"}, {"architecture_propagation_mode": "move"},
    {"kb_ids": ["x"]}, {"mockup_ids": "sm_1"}, {"architecture_design_ids": ["x"]},
])  # fmt: skip
def test_what_does_not_fit_is_refused_and_leaves_nothing(alice, ideation, wrong):
    refused = run(CREATE, alice, **{"ideation_id": str(ideation.pk), "title": "Backoff", **wrong})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(wrong)))
    assert not Refinement.objects.exists()


def test_making_one_needs_its_flag(board, ideation):
    bob = make_member(board, "bob", overrides=["refinement.entity.create"])
    refused = run(CREATE, bob, ideation_id=str(ideation.pk), title="Backoff")
    assert refused["details"]["required_permission"] == "refinement.entity.create"


@pytest.mark.parametrize("name", ["description", "analysis", "decisions", "in_scope", "out_of_scope"])
def test_a_new_text_or_list_is_a_new_version(alice, refinement, name):
    run(UPDATE, alice, refinement_id=str(refinement.pk), **{name: "new"})
    assert changed(refinement) == (2, 2)


@pytest.mark.parametrize("change", [{"title": "new"}, {"labels": "b"}, {"assignee_id": "bob"}])
def test_other_changes_are_none(alice, refinement, change):
    run(UPDATE, alice, refinement_id=str(refinement.pk), **change)
    assert changed(refinement) == (1, 2)


def test_null_empties_a_list_and_an_empty_text_leaves_it(alice, refinement):
    answer = run(UPDATE, alice, refinement_id=str(refinement.pk), in_scope=None, analysis="", title="x")["refinement"]
    assert (answer["in_scope"], answer["analysis"]) == ([], "x")


def test_a_change_is_one_event_with_old_and_new(alice, refinement):
    from pulse_project.core.models import DomainEvent

    run(UPDATE, alice, refinement_id=str(refinement.pk), in_scope="B")
    event = DomainEvent.objects.get(entity_id=str(refinement.pk))
    assert event.type == "refinement.updated"
    assert event.payload["changes"] == [{"field": "in_scope", "old": ["A"], "new": ["B"]}]


def test_a_status_in_an_update_names_the_move(alice, refinement):
    refused = run(UPDATE, alice, refinement_id=str(refinement.pk), status="done")
    assert (refused["code"], refused["details"]["operation"]) == ("VALIDATION_ERROR", "okto_pulse_move_refinement")


def test_texts_are_closed_outside_draft(alice, refinement):
    refinement.status = "done"
    refinement.save()
    refused = run(UPDATE, alice, refinement_id=str(refinement.pk), in_scope="B")
    assert refused["details"]["unmet"][0]["code"] == "editable.not_draft"
    assert run(UPDATE, alice, refinement_id=str(refinement.pk), labels="b")["success"]


def test_nothing_reopens_what_is_cancelled(alice, refinement):
    refinement.status = "cancelled"
    refinement.save()
    refused = run(UPDATE, alice, refinement_id=str(refinement.pk), in_scope="B")
    assert refused["details"]["unmet"][0]["fix"]["operation"] is None


@pytest.mark.parametrize(("change", "flag"), [
    ({"in_scope": "x"}, "refinement.entity.edit_fields"),
    ({"assignee_id": "bob"}, "refinement.entity.assign"),
    ({"labels": "b"}, "refinement.entity.label"),
])  # fmt: skip
def test_each_field_has_its_flag(board, refinement, change, flag):
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(UPDATE, bob, refinement_id=str(refinement.pk), **change)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


@pytest.mark.parametrize("name", [UPDATE, DELETE])
def test_a_stale_reader_changes_nothing(alice, refinement, name):
    given = {"title": "x"} if name == UPDATE else {}
    assert run(name, alice, refinement_id=str(refinement.pk), expected_version=9, **given)["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize("name", [UPDATE, DELETE])
def test_what_is_archived_takes_no_change(alice, refinement, name):
    from pulse_project.core import clock

    refinement.archived_at = clock.now()
    refinement.save()
    refused = run(name, alice, refinement_id=str(refinement.pk), **({"title": "x"} if name == UPDATE else {}))
    assert refused["details"]["unmet"][0]["gate"] == "archived"


def test_an_archived_ideation_gives_no_refinements(board, alice):
    from pulse_project.core import clock

    ideation = make_done_ideation(board, archived_at=clock.now())
    refused = run(CREATE, alice, ideation_id=str(ideation.pk), title="Backoff")
    assert refused["details"]["unmet"][0]["gate"] == "archived"


def test_deleting_leaves_the_specs(board, alice, refinement):
    spec = make_spec(board, ideation=refinement.ideation, refinement=refinement)
    assert run(DELETE, alice, refinement_id=str(refinement.pk)) == {"success": True}
    assert Spec.objects.values_list("ideation", "refinement").get(pk=spec.pk) == (refinement.ideation_id, None)
    assert events_of(refinement) == ["refinement.deleted"]


def test_the_published_keys_are_there(alice, refinement):
    published = {
        "id", "ideation_id", "board_id", "title", "description", "in_scope", "out_of_scope", "analysis", "decisions",
        "status", "version", "assignee_id", "created_by", "created_at", "updated_at", "labels", "specs", "qa_items",
        "screen_mockups", "architecture_designs", "knowledge_bases", "resolved_references",
    }  # fmt: skip
    assert published <= run(CONTEXT, alice, refinement_id=str(refinement.pk)).keys()


def test_one_shows_its_specs_and_questions(board, alice, refinement):
    spec = make_spec(board, ideation=refinement.ideation, refinement=refinement)
    at = {"refinement_id": str(refinement.pk)}
    run("okto_pulse_ask_refinement_question", alice, **at, question="Why?")
    found = run(GET, alice, **at)
    assert [row["id"] for row in found["specs"]] == [str(spec.pk)]
    assert [row["question"] for row in found["qa_items"]] == ["Why?"]


def test_a_list_shows_those_of_the_ideation(board, alice, ideation, refinement):
    make_refinement(make_done_ideation(board))
    answer = run(LIST, alice, ideation_id=str(ideation.pk))
    assert ([row["id"] for row in answer["refinements"]], answer["total"]) == ([str(refinement.pk)], 1)
    assert answer["ideation_id"] == str(ideation.pk)


def test_a_list_of_another_status_is_empty(alice, ideation, refinement):
    assert run(LIST, alice, ideation_id=str(ideation.pk), status="done")["refinements"] == []


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_takes_the_same_queries_for_any_number(alice, ideation, count, django_assert_max_num_queries):
    for _ in range(count):
        make_refinement(ideation)
    with django_assert_max_num_queries(6):
        assert run(LIST, alice, ideation_id=str(ideation.pk), detail="full")["total"] == count


@pytest.mark.parametrize("count", [3, 30])
def test_a_context_takes_the_same_queries_for_any_number(
    board, alice, refinement, count, django_assert_max_num_queries
):
    at = {"refinement_id": str(refinement.pk)}
    for place in range(count):
        make_spec(board, ideation=refinement.ideation, refinement=refinement)
        run("okto_pulse_add_refinement_knowledge", alice, **at, title=f"{place}", content="k")
    with django_assert_max_num_queries(14):
        assert len(run(CONTEXT, alice, **at)["knowledge_bases"]) == count


def test_a_history_shows_how_it_was_made_and_changed(alice, ideation):
    made = run(CREATE, alice, ideation_id=str(ideation.pk), title="Backoff")["refinement"]
    run(UPDATE, alice, refinement_id=made["id"], analysis="new")
    answer = run(HISTORY, alice, refinement_id=made["id"])
    assert [entry["action"] for entry in answer["history"]] == ["refinement_updated", "refinement_created"]
    assert (answer["count"], answer["history"][0]["version"]) == (2, 2)


def test_a_history_goes_on_before_an_entry_and_after_a_page(alice, refinement):
    at = {"refinement_id": str(refinement.pk)}
    for analysis in "abcd":
        run(UPDATE, alice, **at, analysis=analysis)
    whole = run(HISTORY, alice, **at)["history"]
    first = run(HISTORY, alice, **at, before=whole[0]["id"], limit=1)
    rest = run(HISTORY, alice, **at, before=whole[0]["id"], cursor=first["next_cursor"])
    assert (first["history"], rest["history"]) == (whole[1:2], whole[2:])


@pytest.mark.parametrize("name", [GET, CONTEXT, UPDATE, DELETE, HISTORY])
def test_a_stranger_finds_nothing(mallory, refinement, name):
    answer = run(name, mallory, refinement_id=str(refinement.pk), **({"title": "x"} if name == UPDATE else {}))
    absent = run(name, mallory, refinement_id="0" * 32, **({"title": "x"} if name == UPDATE else {}))
    assert (answer["code"], answer) == ("NOT_FOUND", absent)


def test_the_id_of_another_board_is_unknown(board, alice):
    foreign = make_done_ideation(make_board())
    answer = run(CREATE, alice, board_id=str(board.pk), ideation_id=str(foreign.pk), title="Backoff")
    assert (answer["code"], answer["details"]["field"]) == ("NOT_FOUND", "ideation_id")
