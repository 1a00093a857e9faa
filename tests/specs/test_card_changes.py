"""Changing the fields of a card."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pulse_project.core import clock
from tests.boards.making import make_card, make_member
from tests.specs.card_making import caller_on, events, link, make_scenario, open_spec, unmet


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


def test_a_change_is_told_with_old_and_new(act, spec):
    card = make_card(spec, title="Old", priority="low")
    changed = act("update_card", card_id=str(card.pk), title="New", priority="high", details="")
    assert (changed["card"]["title"], changed["card"]["revision"]) == ("New", 2)
    [event] = events(card)
    assert (event.type, event.payload["changes"]) == (
        "card.updated",
        [{"field": "title", "old": "Old", "new": "New"}, {"field": "priority", "old": "low", "new": "high"}],
    )


def test_null_empties_and_an_empty_text_keeps(act, spec):
    card = make_card(spec, description="Text", details="More", assignee_id="bob", labels=["a"], priority="high")
    given = {"description": None, "details": "", "assignee_id": None, "labels": None, "priority": None}
    row = act("update_card", card_id=str(card.pk), **given)["card"]
    assert (row["description"], row["details"], row["assignee_id"]) == ("", "More", None)
    assert (row["labels"], row["priority"]) == ([], "none")


def test_nothing_to_change_is_no_change(act, spec):
    card = make_card(spec, title="Same")
    assert act("update_card", card_id=str(card.pk), title="Same")["card"]["revision"] == 1
    assert events(card) == []


@pytest.mark.parametrize("field", ["status", "position", "sprint_id", "spec_id"])
def test_an_update_does_not_move(act, spec, field):
    refused = act("update_card", card_id=str(make_card(spec).pk), **{field: "done"})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", field)


def test_a_status_in_an_update_names_the_move(act, spec):
    refused = act("update_card", card_id=str(make_card(spec).pk), status="done")
    assert refused["details"]["operation"] == "okto_pulse_move_card"


@pytest.mark.parametrize(
    ("field", "value", "flag"),
    [
        ("title", "T", "card.entity.edit_fields"),
        ("priority", "high", "card.entity.edit_fields"),
        ("due_date", "2030-01-02T03:04:05Z", "card.entity.edit_fields"),
        ("severity", "minor", "card.entity.edit_bug_fields"),
        ("action_plan", "P", "card.entity.edit_bug_fields"),
        ("assignee_id", "bob", "card.entity.assign"),
        ("labels", ["a"], "card.entity.label"),
        ("test_scenario_ids", ["ts_1"], "card.link_to.scenario"),
        ("linked_test_task_ids", ["C-9"], "card.entity.link_tests"),
    ],
)
def test_each_field_needs_its_own_right(board, spec, field, value, flag):
    bob = caller_on(board, make_member(board, "bob", overrides=[flag, "card.tests.link"]))
    card = make_card(spec, card_type="bug", severity="major")
    refused = bob("update_card", card_id=str(card.pk), **{field: value})
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_a_right_over_other_fields_is_not_asked(board, spec):
    bob = caller_on(board, make_member(board, "bob", "Sprint Manager"))
    card = make_card(spec)
    assert bob("update_card", card_id=str(card.pk), labels=["a"])["success"]
    assert bob("update_card", card_id=str(card.pk), title="T", labels=["a"])["code"] == "PERMISSION_DENIED"


def test_an_archived_card_is_not_changed(act, spec):
    card = make_card(spec, archived_at=clock.now())
    assert unmet(act("update_card", card_id=str(card.pk), title="T")) == ["archived.archived"]


def test_an_older_revision_changes_nothing(act, spec):
    card = make_card(spec, revision=4)
    refused = act("update_card", card_id=str(card.pk), title="T", expected_version=3)
    assert (refused["code"], refused["details"]["current_version"]) == ("VERSION_CONFLICT", 4)


def test_a_date_is_kept_in_utc(act, spec):
    card = make_card(spec)
    changed = act("update_card", card_id=str(card.pk), due_date="2030-01-02T03:04:05+02:00")
    assert changed["card"]["due_date"] == "2030-01-02T01:04:05.000000+00:00"
    assert act("update_card", card_id=str(card.pk), due_date=None)["card"]["due_date"] is None


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "soon", "1969-12-31"])
def test_a_date_that_cannot_be_kept_is_refused(act, spec, value):
    refused = act("update_card", card_id=str(make_card(spec).pk), due_date=value)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "due_date")


def test_scenarios_of_a_card_are_replaced_as_a_whole(board, act):
    spec = open_spec(board, status="approved")
    old, new = make_scenario(spec), make_scenario(spec)
    card = make_card(spec, card_type="test")
    link(old, card)
    changed = act("update_card", card_id=str(card.pk), test_scenario_ids=[new.public_id])
    assert changed["card"]["test_scenario_ids"] == [new.public_id]
    assert events(card)[0].payload["changes"] == [
        {"field": "test_scenario_ids", "old": [old.public_id], "new": [new.public_id]}
    ]


@pytest.mark.parametrize("status", ["validated", "in_progress", "done"])
def test_a_locked_spec_keeps_the_cards_that_test_it(board, act, status):
    spec = open_spec(board, status=status)
    old, new = make_scenario(spec), make_scenario(spec)
    card = make_card(spec, card_type="test")
    link(old, card)
    refused = act("update_card", card_id=str(card.pk), test_scenario_ids=[new.public_id])
    assert unmet(refused) == ["content_lock.locked"]
    assert [task.item.public_id for task in card.items.select_related("item")] == [old.public_id]


def test_a_locked_spec_takes_more_cards_that_test_it(act, spec):
    old, new = make_scenario(spec), make_scenario(spec)
    card = make_card(spec, card_type="test")
    link(old, card)
    both = [old.public_id, new.public_id]
    assert act("update_card", card_id=str(card.pk), test_scenario_ids=both)["card"]["test_scenario_ids"] == both


def test_many_tests_of_a_bug_are_found_at_once(act, spec):
    bug = make_card(spec, card_type="bug", severity="minor")
    few, many = [make_card(spec).ref], [make_card(spec).ref for _ in range(20)]
    counts = []
    for names in (few, many):
        with CaptureQueriesContext(connection) as queries:
            assert act("update_card", card_id=str(bug.pk), linked_test_task_ids=names)["success"]
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 1  # the second call takes the test of the first away


def test_a_test_card_keeps_a_scenario(act, spec):
    card = make_card(spec, card_type="test")
    link(make_scenario(spec), card)
    refused = act("update_card", card_id=str(card.pk), test_scenario_ids=None)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "test_scenario_ids")


def test_an_update_keeps_the_bound_of_scenarios(act, spec):
    names = [make_scenario(spec).public_id for _ in range(4)]
    refused = act("update_card", card_id=str(make_card(spec).pk), test_scenario_ids=names)
    assert unmet(refused) == ["scenario_cap.too_many"]


def test_a_bug_is_linked_with_any_card_of_the_board(act, spec):
    bug, other = make_card(spec, card_type="bug", severity="minor"), make_card(spec)
    changed = act("update_card", card_id=str(bug.pk), linked_test_task_ids=[other.ref])
    assert changed["card"]["linked_test_task_ids"] == [str(other.pk)]
    assert act("update_card", card_id=str(bug.pk), linked_test_task_ids=None)["card"]["linked_test_task_ids"] == []


def test_a_test_of_another_board_is_not_found(board, mallory, act, spec):
    bug = make_card(spec, card_type="bug", severity="minor")
    elsewhere = make_card(open_spec(type(board).objects.exclude(pk=board.pk).get()))
    refused = act("update_card", card_id=str(bug.pk), linked_test_task_ids=[str(elsewhere.pk)])
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "linked_test_task_ids")


@pytest.mark.parametrize(("card_type", "itself"), [("normal", False), ("bug", True)])
def test_only_a_bug_has_tests_and_never_itself(act, spec, card_type, itself):
    card = make_card(spec, card_type=card_type, severity="minor")
    test = card if itself else make_card(spec, card_type="test")
    refused = act("update_card", card_id=str(card.pk), linked_test_task_ids=[str(test.pk)])
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "linked_test_task_ids")


@pytest.mark.parametrize("field", ["severity", "expected_behavior", "observed_behavior"])
def test_a_bug_keeps_what_it_needs(act, spec, field):
    bug = make_card(spec, card_type="bug", severity="minor", expected_behavior="e", observed_behavior="o")
    refused = act("update_card", card_id=str(bug.pk), **{field: None})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", field)
