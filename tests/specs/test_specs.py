"""Specs: made, changed, listed and deleted."""

import pytest

from pulse_project.core.models import DomainEvent
from specs.models import Spec
from tests.boards.making import make_card, make_ideation, make_member, make_refinement, make_spec, make_sprint
from tests.conftest import run
from tests.specs.authoring import LISTS, add, put, written


def update(caller, spec, **over):
    return run("okto_pulse_update_spec", caller, spec_id=spec["id"], **over)


def events(spec):
    return list(DomainEvent.objects.filter(entity_id=spec["id"]).order_by("seq").values_list("type", flat=True))


def test_a_new_spec_is_a_draft_with_its_lists(board, alice):
    spec = written(board, alice)
    assert (spec["status"], spec["version"], spec["ref"], spec["locked"]) == ("draft", 1, "S-1", False)
    assert (spec["functional_requirements"], spec["acceptance_criteria"]) == (["F0", "F1"], ["A0", "A1"])


def test_a_technical_requirement_is_an_object_with_an_id(board, alice):
    first = written(board, alice)["technical_requirements"][0]
    assert (first["id"][:3], len(first["id"]), first["text"], first["linked_task_ids"]) == ("tr_", 11, "T0", [])


def test_requirements_and_criteria_have_ids_and_references_beside_the_texts(board, alice):
    spec = written(board, alice)
    items = [*spec["functional_requirements_items"], *spec["acceptance_criteria_items"]]
    assert [item["ref"] for item in items] == ["FR-1", "FR-2", "AC-1", "AC-2"]
    assert {item["id"][:3] for item in items} == {"fr_", "ac_"}


@pytest.mark.parametrize("status", ["review", "approved", "validated", "in_progress", "done", "cancelled", "x"])
def test_a_spec_is_born_in_no_other_status_than_draft(board, alice, status):
    refused = run("okto_pulse_create_spec", alice, board_id=str(board.pk), title="Spec", status=status)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "status")


def test_making_a_spec_tells_one_event_with_its_items(board, alice):
    spec = written(board, alice)
    event = DomainEvent.objects.get(entity_id=spec["id"])
    assert (event.type, event.payload["source"], len(event.payload["items"])) == ("spec.created", "manual", 6)


def test_the_origin_of_a_spec_is_kept(board, alice):
    refinement = make_refinement(make_ideation(board))
    spec = written(board, alice, refinement_id=str(refinement.pk))
    assert (spec["refinement_id"], spec["ideation_id"]) == (str(refinement.pk), str(refinement.ideation_id))


def test_an_origin_of_another_board_does_not_exist(board, alice, mallory):
    from boards.models import Board

    elsewhere = make_ideation(Board.objects.get(name="Elsewhere"))
    refused = run("okto_pulse_create_spec", alice, board_id=str(board.pk), title="Spec", ideation_id=str(elsewhere.pk))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "ideation_id")


def test_a_refinement_of_another_ideation_is_refused_as_origin(board, alice):
    refinement, other = make_refinement(make_ideation(board)), make_ideation(board)
    refused = run(
        "okto_pulse_create_spec", alice, board_id=str(board.pk), title="Spec",
        ideation_id=str(other.pk), refinement_id=str(refinement.pk),
    )  # fmt: skip
    assert refused["code"] == "VALIDATION_ERROR"


def test_an_archived_origin_is_refused(board, alice):
    from pulse_project.core import clock

    ideation = make_ideation(board, archived_at=clock.now())
    refused = run("okto_pulse_create_spec", alice, board_id=str(board.pk), title="Spec", ideation_id=str(ideation.pk))
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "archived.archived")


def test_no_list_is_longer_than_five_hundred(board, alice):
    refused = run(
        "okto_pulse_create_spec", alice, board_id=str(board.pk), title="Spec",
        functional_requirements=[f"F{number}" for number in range(501)],
    )  # fmt: skip
    assert (refused["code"], refused["details"]["limit"]) == ("LIMIT_EXCEEDED", 500)


@pytest.mark.parametrize(("field", "version"), [("title", 1), ("description", 2), ("context", 2)])
def test_the_version_counts_what_changes_the_meaning(board, alice, field, version):
    changed = update(alice, written(board, alice), **{field: "New"})["spec"]
    assert (changed[field], changed["version"], changed["revision"]) == ("New", version, 2)


@pytest.mark.parametrize("field", list(LISTS))
def test_a_changed_list_raises_the_version(board, alice, field):
    assert update(alice, written(board, alice), **{field: "one|two|three"})["spec"]["version"] == 2


def test_an_update_that_changes_nothing_writes_nothing(board, alice):
    spec = written(board, alice)
    same = update(alice, spec, title="Spec", functional_requirements=["F0", "F1"])
    assert (same["spec"]["revision"], same["changes"], events(spec)) == (1, [], ["spec.created"])


def test_an_update_needs_something_to_change(board, alice):
    assert update(alice, written(board, alice), title="")["code"] == "VALIDATION_ERROR"


def test_null_empties_a_text_and_an_empty_text_leaves_it(board, alice):
    spec = written(board, alice, description="Text", context="Text")
    changed = update(alice, spec, description=None, context="")["spec"]
    assert (changed["description"], changed["context"]) == ("", "Text")


def test_an_update_tells_what_changed_from_what_to_what(board, alice):
    spec = written(board, alice)
    update(alice, spec, title="New")
    told = DomainEvent.objects.get(type="spec.updated").payload
    assert told["changes"] == [{"field": "title", "old": "Spec", "new": "New"}]


def test_an_update_from_an_older_revision_is_refused(board, alice):
    spec = written(board, alice)
    update(alice, spec, title="First")
    refused = update(alice, spec, title="Second", expected_version=1)
    assert (refused["code"], refused["details"]["current_version"]) == ("VERSION_CONFLICT", 2)


def test_a_status_is_changed_by_a_move_only(board, alice):
    refused = update(alice, written(board, alice), status="approved")
    assert (refused["code"], refused["details"]["operation"]) == ("VALIDATION_ERROR", "okto_pulse_move_spec")


@pytest.mark.parametrize("field", ["test_scenarios", "business_rules", "api_contracts", "decisions"])
def test_structured_lists_are_changed_item_by_item(board, alice, field):
    refused = update(alice, written(board, alice), **{field: []})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", field)


@pytest.mark.parametrize(
    ("field", "value", "flag"),
    [
        ("title", "New", "spec.entity.edit_fields"),
        ("functional_requirements", ["New"], "spec.entity.edit_fields"),
        ("assignee_id", "bob", "spec.entity.assign"),
        ("labels", ["a"], "spec.entity.label"),
        ("skip_test_coverage", True, "spec.entity.edit_coverage_flags"),
        ("validation_threshold", 80, "spec.entity.edit_coverage_flags"),
    ],
)
def test_every_field_needs_its_own_right(board, alice, field, value, flag):
    spec = written(board, alice)
    bob = make_member(board, "bob", overrides=[flag])
    refused = update(bob, spec, **{field: value})
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_content_needs_the_right_to_work_in_that_status(board, alice):
    spec = written(board, alice)
    bob = make_member(board, "bob", overrides=["spec.interact_in.draft"])
    refused = update(bob, spec, title="New")
    assert (refused["details"]["reason"], refused["details"]["current_state"]) == ("interact_in_blocked", "draft")


def test_switches_and_thresholds_are_set_and_given_back(board, alice):
    spec = written(board, alice)
    update(alice, spec, skip_rules_coverage="true", validation_threshold="80", require_task_validation=True)
    changed = update(alice, spec, skip_rules_coverage=None, validation_threshold=None)["spec"]
    assert (changed["skip_rules_coverage"], changed["validation_threshold"]) == (False, None)
    assert changed["require_task_validation"] is True


@pytest.mark.parametrize("value", [-2, 101])
def test_a_threshold_outside_its_range_is_refused(board, alice, value):
    refused = update(alice, written(board, alice), validation_threshold=value)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "validation_threshold")


def test_a_deleted_spec_leaves_its_cards_behind(board, alice):
    spec = written(board, alice)
    row = Spec.objects.get(pk=spec["id"])
    card, _ = make_card(row), make_sprint(row)
    assert run("okto_pulse_delete_spec", alice, spec_id=spec["id"]) == {"success": True}
    card.refresh_from_db()
    assert (card.spec_id, events(spec)[-1]) == (None, "spec.deleted")


def test_a_spec_is_deleted_with_its_right_only(board, alice):
    bob = make_member(board, "bob", overrides=["spec.entity.delete"])
    refused = run("okto_pulse_delete_spec", bob, spec_id=written(board, alice)["id"])
    assert refused["details"]["required_permission"] == "spec.entity.delete"


def test_a_list_shows_the_last_changed_first_without_the_archived(board, alice):
    from pulse_project.core import clock

    old, new = make_spec(board, title="Old"), make_spec(board, title="New")
    make_spec(board, title="Gone", archived_at=clock.now())
    run("okto_pulse_update_spec", alice, spec_id=str(old.pk), title="Older")
    listed = run("okto_pulse_list_specs", alice, board_id=str(board.pk))
    assert [row["title"] for row in listed["specs"]] == ["Older", "New"]
    assert (listed["total"], listed["next_cursor"], new.title) == (2, None, "New")


def test_a_list_filters_by_status_and_refuses_an_unknown_one(board, alice):
    make_spec(board, title="Reviewed", status="review")
    make_spec(board, title="Draft")
    listed = run("okto_pulse_list_specs", alice, board_id=str(board.pk), status="review")
    refused = run("okto_pulse_list_specs", alice, board_id=str(board.pk), status="unknown")
    assert ([row["title"] for row in listed["specs"]], refused["code"]) == (["Reviewed"], "VALIDATION_ERROR")


def test_pages_of_a_list_follow_each_other_by_cursor(board, alice):
    for number in range(5):
        make_spec(board, title=f"Spec {number}")
    titles, cursor = [], ""
    while cursor is not None:
        page = run("okto_pulse_list_specs", alice, board_id=str(board.pk), limit=2, cursor=cursor)
        titles += [row["title"] for row in page["specs"]]
        cursor = page["next_cursor"]
    assert sorted(titles) == [f"Spec {number}" for number in range(5)]


def test_a_list_shows_summaries_unless_it_is_asked_for_all(board, alice):
    written(board, alice)
    summary = run("okto_pulse_list_specs", alice, board_id=str(board.pk))["specs"][0]
    whole = run("okto_pulse_list_specs", alice, board_id=str(board.pk), detail="full")["specs"][0]
    named = run("okto_pulse_list_specs", alice, board_id=str(board.pk), fields=["context"])["specs"][0]
    assert ("description" in summary, "description" in whole, set(named)) == (False, True, {"id", "context"})


def test_a_read_names_the_keys_that_it_knows(board, alice):
    refused = run("okto_pulse_list_specs", alice, board_id=str(board.pk), fields=["secret"])
    assert (refused["code"], "title" in refused["details"]["known"]) == ("VALIDATION_ERROR", True)


@pytest.mark.parametrize("detail", ["summary", "full"])
def test_the_number_of_queries_of_a_list_does_not_grow(board, alice, detail):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(rows):
        for _ in range(rows - Spec.objects.count()):
            spec = written(board, alice)
            add("business_rule", alice, spec, linked_requirements=[0])
        with CaptureQueriesContext(connection) as queries:
            run("okto_pulse_list_specs", alice, board_id=str(board.pk), detail=detail, limit=100)
        return len(queries)

    few = count(3)
    assert (count(30), few <= 12) == (few, True)


def test_one_spec_is_read_by_reference_with_its_cards(board, alice):
    spec = written(board, alice)
    card = make_card(Spec.objects.get(pk=spec["id"]))
    found = run("okto_pulse_get_spec", alice, board_id=str(board.pk), spec_id="S-1")
    assert (found["id"], [row["id"] for row in found["cards"]], found["omitted"]) == (spec["id"], [str(card.pk)], [])


def test_cards_are_left_out_for_those_who_may_not_read_them(board, alice):
    spec = written(board, alice)
    make_card(Spec.objects.get(pk=spec["id"]))
    bob = make_member(board, "bob", overrides=["card.entity.read"])
    found = run("okto_pulse_get_spec", bob, spec_id=spec["id"])
    assert (found["cards"], found["omitted"]) == ([], ["cards"])


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("get_spec", {}),
        ("get_spec_context", {}),
        ("get_spec_history", {}),
        ("update_spec", {"title": "Mine"}),
        ("move_spec", {"status": "review"}),
        ("delete_spec", {}),
        ("list_test_scenarios", {}),
        ("list_business_rules", {}),
        ("list_api_contracts", {}),
    ],
)
def test_a_stranger_is_told_that_there_is_no_such_spec(board, alice, mallory, name, more):
    spec = written(board, alice)
    there = run(f"okto_pulse_{name}", mallory, spec_id=spec["id"], **more)
    nowhere = run(f"okto_pulse_{name}", mallory, spec_id="0" * 32, **more)
    assert (there["code"], there["error"]) == ("NOT_FOUND", nowhere["error"])


def test_the_own_board_opens_no_spec_of_another(board, alice, mallory):
    from boards.models import Board

    elsewhere = Board.objects.get(name="Elsewhere")
    spec = written(board, alice)
    refused = run("okto_pulse_get_spec", mallory, board_id=str(elsewhere.pk), spec_id=spec["id"])
    assert refused["code"] == "NOT_FOUND"


def test_the_history_shows_fields_items_and_moves(board, alice):
    spec = written(board, alice)
    update(alice, spec, title="New", functional_requirements=["F0", "F1 again"])
    run("okto_pulse_move_spec", alice, spec_id=spec["id"], status="review")
    history = run("okto_pulse_get_spec_history", alice, spec_id=spec["id"], limit="10")
    assert [entry["action"] for entry in history["history"]] == [
        "spec_moved", "requirement_reworded", "spec_updated", "spec_created",
    ]  # fmt: skip
    assert history["history"][1]["changes"] == [
        {"field": "functional_requirements", "old": "F1", "new": "F1 again"},
    ]  # fmt: skip


def test_an_archived_spec_takes_no_change(board, alice):
    from pulse_project.core import clock

    spec = written(board, alice)
    row = put(spec, "draft")
    row.archived_at = clock.now()
    row.save(update_fields=["archived_at"])
    refused = update(alice, spec, labels=["a"])
    fix = refused["details"]["unmet"][0]["fix"]
    assert (refused["code"], fix["operation"]) == ("GATE_BLOCKED", "okto_pulse_restore_tree")
    assert (fix["params"]["entity_type"], fix["params"]["entity_id"]) == ("spec", spec["id"])


def test_search_finds_a_requirement_as_soon_as_it_is_written(board, alice):
    from boards.models import SearchDocument

    spec = written(board, alice)
    kinds = SearchDocument.objects.filter(entity_id=spec["id"]).values_list("kind", flat=True)
    assert sorted(set(kinds)) == ["criterion", "requirement", "spec", "technical_requirement"]
