"""Making cards."""

import pytest

from boards.models import Card, SearchDocument
from pulse_project.core import clock
from pulse_project.core.models import DomainEvent
from specs.models import ItemTask
from tests.boards.making import make_card, make_member, make_spec
from tests.specs.card_making import caller_on, make_scenario, open_spec, unmet

BUG = {"card_type": "bug", "severity": "major", "expected_behavior": "Fast.", "observed_behavior": "Slow."}
PRIORITIES = ["critical", "very_high", "high", "medium", "low", "none"]


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


def test_a_new_card_has_the_published_keys(act, spec):
    made = act("create_card", title="  Build it ", spec_id=str(spec.pk), labels=["a"], assignee_id="alice")
    card = made["card"]
    assert made["success"]
    assert (card["title"], card["status"], card["priority"], card["position"]) == ("Build it", "not_started", "none", 0)
    assert (card["card_type"], card["labels"], card["assignee_id"], card["ref"]) == ("normal", ["a"], "alice", "C-1")


def test_a_new_card_is_told_with_its_spec(act, spec):
    made = act("create_card", title="Build", spec_id=spec.ref, priority="high")
    [event] = DomainEvent.objects.filter(entity_id=made["card"]["id"])
    assert (event.type, event.payload["spec_id"], event.payload["priority"]) == ("card.created", str(spec.pk), "high")


@pytest.mark.parametrize("priority", PRIORITIES)
def test_every_priority_is_kept(act, spec, priority):
    assert act("create_card", title="X", spec_id=str(spec.pk), priority=priority)["card"]["priority"] == priority


@pytest.mark.parametrize(
    ("field", "value"),
    [("card_type", "epic"), ("priority", "urgent"), ("severity", "fatal"), ("status", "done"), ("title", "  ")],
)
def test_values_that_do_not_exist_are_refused(act, spec, field, value):
    refused = act("create_card", **{"title": "X", "spec_id": str(spec.pk), field: value})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", field)


@pytest.mark.parametrize("status", ["in_progress", "validation", "on_hold", "done", "cancelled"])
def test_no_card_is_born_later_than_started(act, spec, status):
    assert act("create_card", title="X", spec_id=str(spec.pk), status=status)["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("given", [{"origin": True, **BUG}, {}])
def test_a_card_may_begin_as_started(act, spec, given):
    if given.pop("origin", False):
        given["origin_task_id"] = str(make_card(spec).pk)
    made = act("create_card", title="X", spec_id=str(spec.pk), status="started", **given)
    assert made["card"]["status"] == "started"


def test_a_card_that_could_not_be_started_is_not_made(board, act):
    spec = make_spec(board, status="approved")
    assert unmet(act("create_card", title="X", spec_id=str(spec.pk), status="started")) == ["spec_state.too_early"]
    assert not Card.objects.exists()


def test_starting_at_once_needs_the_right_to_start(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.move.not_started_to_started"]))
    refused = bob("create_card", title="X", spec_id=str(spec.pk), status="started")
    assert refused["details"]["required_permission"] == "card.move.not_started_to_started"


def test_a_card_belongs_to_a_spec(act):
    refused = act("create_card", title="X", spec_id="")
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "spec_id")


@pytest.mark.parametrize("card_type", ["normal", "test"])
@pytest.mark.parametrize("status", ["draft", "review", "approved", "validated", "in_progress", "done", "cancelled"])
def test_a_spec_takes_cards_by_its_status(board, act, status, card_type):
    spec = make_spec(board, status=status)
    scenario = make_scenario(spec)
    given = {"test_scenario_ids": [scenario.public_id]} if card_type == "test" else {}
    answer = act("create_card", title="X", spec_id=str(spec.pk), card_type=card_type, **given)
    if status in {"approved", "in_progress", "done"} or (card_type, status) == ("test", "validated"):
        assert answer["success"]
    else:
        assert unmet(answer) == ["card_spec_state.not_accepting"]


def test_an_archived_spec_takes_no_card(board, act):
    spec = open_spec(board, archived_at=clock.now())
    assert unmet(act("create_card", title="X", spec_id=str(spec.pk))) == ["archived.archived"]


def test_a_spec_of_another_board_is_not_found(board, mallory, act):
    elsewhere = open_spec(type(board).objects.exclude(pk=board.pk).get())
    refused = act("create_card", title="X", spec_id=str(elsewhere.pk))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "spec_id")


def test_a_test_card_names_scenarios(act, spec):
    refused = act("create_card", title="X", spec_id=str(spec.pk), card_type="test")
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "test_scenario_ids")


def test_a_scenario_of_another_spec_is_not_found(board, act, spec):
    foreign = make_scenario(open_spec(board))
    foreign.public_id = "ts_feedbeef"
    foreign.save(update_fields=["public_id"])
    refused = act("create_card", title="X", spec_id=str(spec.pk), card_type="test", test_scenario_ids=["ts_feedbeef"])
    assert (refused["code"], refused["details"]["unknown"]) == ("NOT_FOUND", ["ts_feedbeef"])


def test_a_test_card_is_linked_with_its_scenarios(act, spec):
    one, two = make_scenario(spec), make_scenario(spec)
    names = [two.ref, one.public_id, two.public_id]
    made = act("create_card", title="X", spec_id=str(spec.pk), card_type="test", test_scenario_ids=names)
    assert made["card"]["test_scenario_ids"] == [one.public_id, two.public_id]
    assert ItemTask.objects.filter(card_id=made["card"]["id"]).count() == 2


def test_a_card_tests_no_more_scenarios_than_the_board_allows(act, spec):
    names = [make_scenario(spec).public_id for _ in range(4)]
    refused = act("create_card", title="X", spec_id=str(spec.pk), card_type="test", test_scenario_ids=names)
    assert unmet(refused) == ["scenario_cap.too_many"]
    assert not Card.objects.exists()


def test_making_test_cards_needs_a_right_of_its_own(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.create_test"]))
    names = [make_scenario(spec).public_id]
    refused = bob("create_card", title="X", spec_id=str(spec.pk), card_type="test", test_scenario_ids=names)
    assert refused["details"]["required_permission"] == "card.entity.create_test"


@pytest.mark.parametrize("missing", ["origin_task_id", "severity", "expected_behavior", "observed_behavior"])
def test_a_bug_needs_its_parts(act, spec, missing):
    given = {"origin_task_id": str(make_card(spec).pk), **BUG, missing: ""}
    refused = act("create_card", title="X", spec_id="", **given)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", missing)


def test_a_bug_takes_the_spec_of_its_origin(board, act, spec):
    origin = make_card(spec)
    other = open_spec(board)
    made = act("create_card", title="X", spec_id=str(other.pk), origin_task_id=str(origin.pk), **BUG)
    assert (made["card"]["spec_id"], made["card"]["origin_task_id"]) == (str(spec.pk), str(origin.pk))


def test_a_bug_of_a_card_without_spec_is_refused(act, spec):
    origin = make_card(spec)
    Card.objects.update(spec=None)
    refused = act("create_card", title="X", spec_id="", origin_task_id=str(origin.pk), **BUG)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "origin_task_id")


def test_making_a_card_needs_the_right(board, spec):
    bob = caller_on(board, make_member(board, "bob", "Validator"))
    refused = bob("create_card", title="X", spec_id=str(spec.pk))
    assert refused["details"]["required_permission"] == "card.entity.create"


def test_a_stranger_makes_no_card(board, spec, mallory):
    assert caller_on(board, mallory)("create_card", title="X", spec_id=str(spec.pk))["code"] == "NOT_FOUND"


def test_a_card_is_found_by_its_text(act, spec):
    made = act("create_card", title="Payments", spec_id=str(spec.pk), description="Refund a tenner")
    document = SearchDocument.objects.get(entity_id=made["card"]["id"], kind="card")
    assert (document.title, document.body) == ("Payments", "Refund a tenner")
