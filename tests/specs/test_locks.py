"""The lock of a spec's content: what it closes, what stays open, and what opens it."""

import pytest

from pulse_project.core import clock
from specs.models import Spec
from tests.boards.making import make_card, make_ideation, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.authoring import CONTRACT, DECISION, RULE, SCENARIO, add, context, put, written

LOCKED = ("validated", "in_progress", "done")
CLOSED = {
    "update_spec": {"title": "New"},
    "update_spec lists": {"acceptance_criteria": ["A0", "A1", "A2"]},
    "add_test_scenario": SCENARIO,
    "update_test_scenario": {"scenario_id": "TS-1", "title": "New"},
    "delete_test_scenario": {"scenario_id": "TS-1"},
    "add_business_rule": RULE,
    "update_business_rule": {"rule_id": "BR-1", "title": "New"},
    "remove_business_rule": {"rule_id": "BR-1"},
    "add_api_contract": CONTRACT,
    "update_api_contract": {"contract_id": "API-1", "path": "/new"},
    "remove_api_contract": {"contract_id": "API-1"},
    "add_decision": DECISION,
    "update_decision": {"decision_id": "DEC-1", "title": "New"},
    "remove_decision": {"decision_id": "DEC-1"},
    "migrate_spec_decisions": {},
    "link_task_to_rule": {"rule_id": "BR-1", "card_id": "C-1"},
    "link_task_to_contract": {"contract_id": "API-1", "card_id": "C-1"},
    "link_task_to_tr": {"tr_id": "TR-1", "card_id": "C-1"},
    "link_task_to_decision": {"decision_id": "DEC-1", "card_id": "C-1"},
    "unlink_task": {"item_id": "TS-1", "card_id": "C-1"},
}
OPEN = {
    "update_spec labels": {"labels": ["a"]},
    "update_spec assignee": {"assignee_id": "bob"},
    "update_spec switches": {"skip_test_coverage": True},
    "update_spec thresholds": {"validation_threshold": 80},
    "update_test_scenario_status": {"scenario_id": "TS-1", "status": "ready"},
    "link_task_to_scenario": {"scenario_id": "TS-1", "card_id": "C-1"},
}


@pytest.fixture
def spec(board, alice):
    """A spec with an item of every kind and a card."""
    made = written(board, alice)
    for what in ("business_rule", "api_contract", "decision", "test_scenario"):
        add(what, alice, made)
    make_card(Spec.objects.get(pk=made["id"]))
    return made


def act(caller, board, spec, name, arguments):
    return run(f"okto_pulse_{name.split()[0]}", caller, board_id=str(board.pk), spec_id=spec["id"], **arguments)


def codes(answer):
    return [unmet["code"] for unmet in answer["details"]["unmet"]]


@pytest.mark.parametrize("name", list(CLOSED))
def test_a_locked_spec_refuses_every_write_to_its_content(board, alice, spec, name):
    put(spec, "validated")
    before = context(alice, spec)
    refused = act(alice, board, spec, name, CLOSED[name])
    assert (refused["code"], codes(refused)) == ("GATE_BLOCKED", ["content_lock.locked"])
    assert context(alice, spec) == before


@pytest.mark.parametrize("status", LOCKED)
def test_content_is_locked_in_every_state_from_validated_on(board, alice, spec, status):
    put(spec, status)
    assert codes(act(alice, board, spec, "update_spec", {"title": "New"})) == ["content_lock.locked"]


@pytest.mark.parametrize("status", ["draft", "review", "approved", "cancelled"])
def test_content_is_open_in_every_other_state(board, alice, spec, status):
    put(spec, status)
    assert act(alice, board, spec, "update_spec", {"title": "New"})["success"] is True


@pytest.mark.parametrize("name", list(OPEN))
def test_a_locked_spec_leaves_this_open(board, alice, spec, name):
    put(spec, "in_progress")
    assert act(alice, board, spec, name, OPEN[name])["success"] is True


def test_a_locked_spec_is_read_as_ever(alice, spec):
    put(spec, "done")
    assert context(alice, spec)["title"] == "Spec"


@pytest.mark.parametrize(
    ("status", "way"), [("validated", ["approved"]), ("in_progress", ["validated", "approved"]), ("done", ["draft"])]
)
def test_following_the_fix_of_a_refusal_opens_the_content(board, alice, spec, status, way):
    put(spec, status)
    fix = act(alice, board, spec, "update_spec", {"title": "New"})["details"]["unmet"][0]["fix"]
    steps = [{"operation": fix["operation"], "params": fix["params"]}, *fix.get("then", [])]
    assert [step["params"]["status"] for step in steps] == way
    assert all(run(step["operation"], alice, **step["params"])["success"] for step in steps)
    assert act(alice, board, spec, "update_spec", {"title": "New"})["success"] is True


def test_the_refusal_names_since_when_and_by_whom(board, alice, spec):
    row = put(spec, "validated")
    row.locked_at, row.locked_by = clock.now(), "alice"
    row.save(update_fields=["locked_at", "locked_by"])
    refused = act(alice, board, spec, "update_spec", {"title": "New"})
    facts = refused["details"]["unmet"][0]["facts"]
    assert (facts["status"], facts["by"], facts["since"] is None) == ("validated", "alice", False)


@pytest.mark.parametrize("name", [*CLOSED, *OPEN])
def test_an_archived_spec_refuses_every_write(board, alice, spec, name):
    Spec.objects.filter(pk=spec["id"]).update(archived_at=clock.now())
    refused = act(alice, board, spec, name, {**CLOSED, **OPEN}[name])
    assert codes(refused) == ["archived.archived"]


def test_the_fix_of_an_archived_object_names_the_root_of_its_tree(board, alice):
    ideation = make_ideation(board, archived_at=clock.now())
    refinement = make_refinement(ideation, archived_at=clock.now())
    spec = make_spec(board, refinement=refinement, ideation=ideation, archived_at=clock.now())
    refused = run("okto_pulse_update_spec", alice, spec_id=str(spec.pk), title="New")
    params = refused["details"]["unmet"][0]["fix"]["params"]
    assert (params["entity_type"], params["entity_id"]) == ("ideation", str(ideation.pk))


def test_a_right_that_is_missing_is_named_before_the_lock(board, alice, spec):
    put(spec, "validated")
    bob = make_member(board, "bob", overrides=["spec.rules.create"])
    assert act(bob, board, spec, "add_business_rule", RULE)["code"] == "PERMISSION_DENIED"
