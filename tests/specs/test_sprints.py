"""Sprints: making, changing, reading, deleting."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pulse_project.core.models import DomainEvent
from specs.models import Sprint
from tests.boards.making import make_board, make_card, make_member, make_spec, make_sprint
from tests.conftest import run
from tests.specs.sprinting import make_rule, make_scenario

CREATE, UPDATE = "okto_pulse_create_sprint", "okto_pulse_update_sprint"
GET, CONTEXT, LIST = "okto_pulse_get_sprint", "okto_pulse_get_sprint_context", "okto_pulse_list_sprints"
DELETE = "okto_pulse_delete_sprint"


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board, status="approved", version=3)


@pytest.fixture
def sprint(spec: Any) -> Any:
    return make_sprint(spec, spec_version=3)


def test_a_new_sprint_is_a_draft_that_remembers_the_version_of_its_spec(alice, spec):
    made = run(CREATE, alice, spec_id=str(spec.pk), title="First", objective="Pay")["sprint"]
    assert (made["status"], made["spec_version"], made["spec_changed"]) == ("draft", 3, False)
    assert (made["ref"], made["objective"], made["version"], made["revision"]) == ("SP-1", "Pay", 1, 1)


def test_a_new_sprint_takes_scenarios_and_rules_by_id_and_reference(alice, spec):
    scenario, rule = make_scenario(spec), make_rule(spec)
    made = run(
        CREATE, alice, spec_id=str(spec.pk), title="First", test_scenario_ids=[scenario.public_id],
        business_rule_ids="BR-1",
    )["sprint"]  # fmt: skip
    assert (made["test_scenario_ids"], made["business_rule_ids"]) == ([scenario.public_id], [rule.public_id])


@pytest.mark.parametrize("field", ["test_scenario_ids", "business_rule_ids"])
def test_a_new_sprint_refuses_scope_that_the_spec_does_not_have(alice, spec, field):
    refused = run(CREATE, alice, spec_id=str(spec.pk), title="First", **{field: ["ts_00000000"]})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", field)
    assert not Sprint.objects.exists()


def test_scope_of_another_spec_is_unknown(board, alice, spec):
    other = make_scenario(make_spec(board))
    refused = run(CREATE, alice, spec_id=str(spec.pk), title="First", test_scenario_ids=[other.public_id])
    assert refused["details"]["unknown"] == [other.public_id]


def test_a_sprint_needs_a_spec_of_the_board(board, alice):
    elsewhere = make_spec(make_board("Other"))
    refused = run(CREATE, alice, board_id=str(board.pk), spec_id=str(elsewhere.pk), title="First")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "spec_id")
    assert not Sprint.objects.exists()


def test_dates_are_iso_and_in_order(alice, spec):
    given = {"spec_id": str(spec.pk), "title": "First"}
    made = run(CREATE, alice, **given, start_date="2030-01-01", end_date="2030-01-14T12:00:00+02:00")["sprint"]
    assert (made["start_date"], made["end_date"]) == (
        "2030-01-01T00:00:00.000000+00:00",
        "2030-01-14T10:00:00.000000+00:00",
    )
    refused = [run(CREATE, alice, **given, start_date="soon"), run(CREATE, alice, **given, start_date="2030-01-02",
               end_date="2030-01-01")]  # fmt: skip
    assert [one["code"] for one in refused] == ["VALIDATION_ERROR"] * 2


def test_making_a_sprint_needs_the_flag(board, spec):
    bob = make_member(board, "bob", "Executor")
    refused = run(CREATE, bob, spec_id=str(spec.pk), title="First")
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "sprint.entity.create")


def test_an_archived_spec_takes_no_sprint(alice, spec):
    run("okto_pulse_archive_tree", alice, entity_type="spec", entity_id=str(spec.pk))
    refused = run(CREATE, alice, spec_id=str(spec.pk), title="First")
    assert refused["details"]["unmet"][0]["fix"]["operation"] == "okto_pulse_restore_tree"


def test_every_text_date_and_switch_of_a_sprint_can_be_changed(alice, sprint):
    given = {
        "title": "New", "description": "d", "objective": "o", "expected_outcome": "e", "labels": ["x"],
        "start_date": "2030-01-01T00:00:00.000000+00:00", "end_date": "2030-02-01T00:00:00.000000+00:00",
        "skip_test_coverage": True, "skip_rules_coverage": True, "skip_qualitative_validation": True,
        "validation_threshold": 90, "require_task_validation": True, "validation_min_confidence": 1,
        "validation_min_completeness": 2, "validation_max_drift": 3,
    }  # fmt: skip
    changed = run(UPDATE, alice, sprint_id=str(sprint.pk), **given)["sprint"]
    assert {name: changed[name] for name in given} == given
    assert (changed["version"], changed["revision"]) == (2, 2)


def test_null_empties_a_field_and_empty_text_leaves_it(alice, sprint):
    given = {"sprint_id": str(sprint.pk)}
    run(UPDATE, alice, **given, description="d", objective="o", validation_threshold=5, end_date="2030-01-01")
    changed = run(UPDATE, alice, **given, description=None, objective="", validation_threshold=None, end_date=None)
    kept = changed["sprint"]
    assert (kept["description"], kept["objective"]) == ("", "o")
    assert (kept["validation_threshold"], kept["end_date"]) == (None, None)


def test_the_published_texts_of_switches_are_understood(alice, sprint):
    run(UPDATE, alice, sprint_id=str(sprint.pk), skip_test_coverage="true")
    changed = run(UPDATE, alice, sprint_id=str(sprint.pk), skip_test_coverage="false", skip_rules_coverage="")
    assert changed["sprint"]["skip_test_coverage"] is False


def test_labels_switches_and_objective_are_no_new_version(alice, sprint):
    changed = run(UPDATE, alice, sprint_id=str(sprint.pk), labels=["x"], skip_test_coverage=True, objective="o")
    assert (changed["sprint"]["version"], changed["sprint"]["revision"]) == (1, 2)


def test_scope_is_added_to_removed_from_and_cleared(alice, spec, sprint):
    first, second = make_scenario(spec).public_id, make_scenario(spec).public_id
    seen = [
        run(UPDATE, alice, sprint_id=str(sprint.pk), test_scenario_ids=ids)["sprint"]["test_scenario_ids"]
        for ids in ([first, second], [second], None)
    ]
    assert seen == [[first, second], [second], []]


def test_unknown_scope_in_an_update_changes_nothing(alice, spec, sprint):
    refused = run(UPDATE, alice, sprint_id=str(sprint.pk), title="New", test_scenario_ids=["ts_ffffffff"])
    sprint.refresh_from_db()
    assert (refused["code"], sprint.title, sprint.revision) == ("VALIDATION_ERROR", "Sprint", 1)


@pytest.mark.parametrize(
    ("field", "value", "flag"),
    [("title", "New", "edit_fields"), ("labels", ["x"], "label"), ("skip_test_coverage", True, "edit_coverage_flags"),
     ("validation_threshold", 80, "edit_coverage_flags"), ("sync_spec_version", True, "edit_fields")],
)  # fmt: skip
def test_each_field_asks_for_its_own_flag(board, sprint, field, value, flag):
    bob = make_member(board, "bob", overrides=[f"sprint.entity.{flag}"])
    refused = run(UPDATE, bob, sprint_id=str(sprint.pk), **{field: value})
    assert refused["details"]["required_permission"] == f"sprint.entity.{flag}"


def test_a_sprint_is_worked_on_in_statuses_of_the_own_role_only(board, spec):
    sprint = make_sprint(spec, status="closed")
    planner = make_member(board, "planner", "Spec")
    refused = run(UPDATE, planner, sprint_id=str(sprint.pk), title="New")
    assert (refused["details"]["reason"], refused["details"]["required_permission"]) == (
        "interact_in_blocked", "sprint.interact_in.closed",
    )  # fmt: skip


def test_an_update_of_nothing_is_refused(alice, sprint):
    refused = [run(UPDATE, alice, sprint_id=str(sprint.pk)), run(UPDATE, alice, sprint_id=str(sprint.pk), title="")]
    assert [one["code"] for one in refused] == ["VALIDATION_ERROR"] * 2


def test_an_update_that_changes_nothing_tells_nothing(alice, sprint):
    changed = run(UPDATE, alice, sprint_id=str(sprint.pk), title=sprint.title)
    assert changed["sprint"]["revision"] == 1
    assert not DomainEvent.objects.filter(type="sprint.updated").exists()


def test_an_update_of_an_old_revision_is_refused(alice, sprint):
    run(UPDATE, alice, sprint_id=str(sprint.pk), title="New")
    refused = run(UPDATE, alice, sprint_id=str(sprint.pk), title="Newer", expected_version=1)
    assert (refused["code"], refused["details"]["current_version"]) == ("VERSION_CONFLICT", 2)


def test_a_status_is_no_field_of_an_update(alice, sprint):
    assert run(UPDATE, alice, sprint_id=str(sprint.pk), status="closed")["code"] == "VALIDATION_ERROR"


def test_a_newer_spec_is_noticed_and_can_be_accepted(alice, spec, sprint):
    spec.version = 4
    spec.save(update_fields=["version"])
    assert run(GET, alice, sprint_id=str(sprint.pk))["spec_changed"] is True
    synced = run(UPDATE, alice, sprint_id=str(sprint.pk), sync_spec_version=True)["sprint"]
    assert (synced["spec_version"], synced["spec_changed"]) == (4, False)


@pytest.mark.parametrize("name", [UPDATE, GET, CONTEXT, DELETE, "okto_pulse_get_sprint_history"])
def test_an_unknown_sprint_is_not_found(board, alice, name):
    refused = run(name, alice, board_id=str(board.pk), sprint_id="SP-9", **({"title": "x"} if name == UPDATE else {}))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "sprint_id")


@pytest.mark.parametrize("name", [UPDATE, GET, CONTEXT, DELETE, "okto_pulse_get_sprint_history"])
def test_a_stranger_finds_no_sprint(mallory, sprint, name):
    refused = run(name, mallory, sprint_id=str(sprint.pk), **({"title": "x"} if name == UPDATE else {}))
    assert refused["code"] == "NOT_FOUND"


def test_a_sprint_of_another_board_is_not_found_through_the_own_board(alice, board):
    elsewhere = make_sprint(make_spec(make_board("Other")))
    assert run(GET, alice, board_id=str(board.pk), sprint_id=str(elsewhere.pk))["code"] == "NOT_FOUND"


def test_a_sprint_shows_its_cards_questions_and_evaluations(alice, spec, sprint):
    card = make_card(spec, sprint=sprint)
    run("okto_pulse_ask_sprint_question", alice, sprint_id=str(sprint.pk), question="When?")
    seen = run(GET, alice, sprint_id=str(sprint.pk))
    assert ([row["id"] for row in seen["cards"]], seen["evaluations"]) == ([str(card.pk)], [])
    assert ([row["question"] for row in seen["qa_items"]], seen["omitted"]) == (["When?"], [])


def test_parts_that_may_not_be_read_are_empty_and_named(board, spec, sprint):
    make_card(spec, sprint=sprint)
    bob = make_member(board, "bob", overrides=["card.entity.read", "sprint.qa.read", "spec.entity.read"])
    seen = run(CONTEXT, bob, sprint_id=str(sprint.pk))
    assert (seen["cards"], seen["qa_items"], seen["spec"]) == ([], [], None)
    assert seen["omitted"] == ["cards", "qa_items", "spec", "scoped"]


def test_a_summary_leaves_out_what_lies_in_the_sprint(alice, sprint):
    seen = run(GET, alice, sprint_id=str(sprint.pk), detail="summary")
    assert "cards" not in seen
    assert set(run(GET, alice, sprint_id=str(sprint.pk), fields=["status"])) == {"id", "status"}


def test_the_context_is_the_slice_of_scope_and_of_linked_cards(alice, spec, sprint):
    card = make_card(spec, sprint=sprint, card_type="test")
    scoped, linked, outside = make_scenario(spec), make_scenario(spec, card), make_scenario(spec)
    rule, _ = make_rule(spec, card), make_rule(spec)
    run(UPDATE, alice, sprint_id=str(sprint.pk), test_scenario_ids=[scoped.public_id])
    seen = run(CONTEXT, alice, sprint_id=str(sprint.pk))["scoped"]
    assert [row["id"] for row in seen["test_scenarios"]] == [scoped.public_id, linked.public_id]
    assert [row["id"] for row in seen["business_rules"]] == [rule.public_id]
    assert outside.public_id not in str(seen)


def test_the_context_leaves_the_spec_out_when_asked_to(alice, spec, sprint):
    assert run(CONTEXT, alice, sprint_id=str(sprint.pk))["spec"]["id"] == str(spec.pk)
    assert run(CONTEXT, alice, sprint_id=str(sprint.pk), include_spec="false")["spec"] is None


def test_sprints_of_a_spec_are_listed_oldest_first_without_archived_ones(alice, spec, sprint):
    second = make_sprint(spec, title="Second")
    gone = make_sprint(spec)
    run("okto_pulse_archive_tree", alice, entity_type="sprint", entity_id=str(gone.pk))
    listed = run(LIST, alice, spec_id=str(spec.pk))
    assert [row["id"] for row in listed["sprints"]] == [str(sprint.pk), str(second.pk)]
    assert (listed["count"], listed["total"], listed["spec_id"]) == (2, 2, str(spec.pk))


def test_sprints_are_listed_in_pages(alice, spec, sprint):
    second = make_sprint(spec)
    first = run(LIST, alice, spec_id=str(spec.pk), limit=1)
    after = run(LIST, alice, spec_id=str(spec.pk), limit=1, cursor=first["next_cursor"])
    assert [row["id"] for row in after["sprints"]] == [str(second.pk)]
    assert after["next_cursor"] is None


def test_sprints_of_a_board_are_listed_by_status_and_spec(board, alice, spec, sprint):
    active = make_sprint(make_spec(board), status="active")
    given = {"board_id": str(board.pk)}
    by_status = run("okto_pulse_list_board_sprints", alice, **given, status="active")["sprints"]
    by_spec = run("okto_pulse_list_board_sprints", alice, **given, spec_id=str(spec.pk))["sprints"]
    assert ([row["id"] for row in by_status], [row["id"] for row in by_spec]) == ([str(active.pk)], [str(sprint.pk)])


def test_reading_sprints_needs_the_flag(board, spec, sprint):
    bob = make_member(board, "bob", overrides=["sprint.entity.read", "sprint.history_read"])
    calls = [(GET, {"sprint_id": str(sprint.pk)}), (LIST, {"spec_id": str(spec.pk)}),
             ("okto_pulse_list_board_sprints", {"board_id": str(board.pk)}),
             ("okto_pulse_get_sprint_history", {"sprint_id": str(sprint.pk)})]  # fmt: skip
    assert {run(name, bob, **given)["code"] for name, given in calls} == {"PERMISSION_DENIED"}


@pytest.mark.parametrize("status", ["draft", "active", "review", "closed"])
def test_a_deleted_sprint_leaves_its_cards(alice, spec, status):
    sprint = make_sprint(spec, status=status)
    card = make_card(spec, sprint=sprint)
    assert run(DELETE, alice, sprint_id=str(sprint.pk)) == {"success": True}
    card.refresh_from_db()
    assert (card.sprint_id, card.revision, Sprint.objects.count()) == (None, 2, 0)


def test_deleting_a_sprint_needs_the_flag_and_the_present_revision(board, alice, sprint):
    bob = make_member(board, "bob", "Spec", overrides=["sprint.entity.delete"])
    assert run(DELETE, bob, sprint_id=str(sprint.pk))["code"] == "PERMISSION_DENIED"
    assert run(DELETE, alice, sprint_id=str(sprint.pk), expected_version=7)["code"] == "VERSION_CONFLICT"


def test_an_archived_sprint_takes_no_change(alice, sprint):
    run("okto_pulse_archive_tree", alice, entity_type="sprint", entity_id=str(sprint.pk))
    refused = [run(UPDATE, alice, sprint_id=str(sprint.pk), title="x"), run(DELETE, alice, sprint_id=str(sprint.pk))]
    assert [one["details"]["unmet"][0]["code"] for one in refused] == ["archived.archived"] * 2


def test_the_history_tells_of_making_changing_and_moving(alice, spec):
    made = run(CREATE, alice, spec_id=str(spec.pk), title="First")["sprint"]
    run(UPDATE, alice, sprint_id=made["id"], title="Second")
    run("okto_pulse_move_sprint", alice, sprint_id=made["id"], status="cancelled")
    rows = run("okto_pulse_get_sprint_history", alice, sprint_id=made["id"])["history"]
    assert [row["action"] for row in rows] == ["sprint_moved", "sprint_updated", "sprint_created"]
    assert rows[1]["changes"] == [{"field": "title", "old": "First", "new": "Second"}]


def test_search_finds_the_words_of_a_sprint(board, alice, spec):
    from boards.models import SearchDocument

    run(CREATE, alice, spec_id=str(spec.pk), title="First", objective="Zanzibar")
    assert SearchDocument.objects.get(kind="sprint").body == "Zanzibar"


def _filled(spec: Any, count: int) -> Any:
    sprint = make_sprint(spec)
    for _ in range(count):
        card = make_card(spec, sprint=sprint)
        make_scenario(spec, card)
        make_rule(spec, card)
        make_sprint(spec)
    return sprint


@pytest.mark.parametrize(("name", "most"), [(GET, 12), (CONTEXT, 25), (LIST, 12)])
def test_reading_takes_as_many_statements_for_many_rows_as_for_few(board, alice, name, most):
    counts = []
    for size in (3, 30):
        spec = make_spec(board)
        sprint = _filled(spec, size)
        given = {"spec_id": str(spec.pk)} if name == LIST else {"sprint_id": str(sprint.pk)}
        run("okto_pulse_get_board_summary", alice, board_id=str(board.pk))  # remembers the rights
        with CaptureQueriesContext(connection) as seen:
            run(name, alice, **given)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= most
