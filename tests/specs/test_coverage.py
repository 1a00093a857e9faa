"""Coverage: what counts, and what does not."""

import pytest

from pulse_project.core import clock
from tests.boards.making import make_card
from tests.conftest import run
from tests.specs.authoring import add, context, put, written


@pytest.fixture
def spec(board, alice):
    return written(board, alice, acceptance_criteria=["AC0", "AC1", "AC2", "AC3"])


def coverage(caller, spec):
    return context(caller, spec)["coverage_summary"]


def test_an_empty_spec_is_covered(board, alice):
    found = coverage(alice, run("okto_pulse_create_spec", alice, board_id=str(board.pk), title="Empty")["spec"])
    assert {name: value for name, value in found.items() if name.endswith("_pct") and value != 100.0} == {}


def test_criteria_are_covered_by_index_and_text(alice, spec):
    add("test_scenario", alice, spec, linked_criteria=[0, "1", "AC2"])
    found = coverage(alice, spec)
    assert (found["ac_covered"], found["ac_total"], found["ac_uncovered_indices"]) == (3, 4, [3])
    assert found["ac_coverage_pct"] == 75.0


def test_a_criterion_whose_text_only_begins_alike_is_not_covered(board, alice):
    spec = written(board, alice, acceptance_criteria=["Login", "Login fails"])
    add("test_scenario", alice, spec, linked_criteria=["Login"])
    assert coverage(alice, spec)["ac_uncovered_indices"] == [1]


def test_requirements_are_covered_by_rules(alice, spec):
    add("business_rule", alice, spec, linked_requirements="1")
    found = coverage(alice, spec)
    assert (found["fr_covered"], found["fr_uncovered_indices"], found["fr_coverage_pct"]) == (1, [0], 50.0)


def test_one_of_two_technical_requirements_is_half(alice, spec):
    card = make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_tr", alice, spec_id=spec["id"], tr_id="TR-1", card_id=str(card.pk))
    assert coverage(alice, spec)["tr_task_linkage_pct"] == 50.0


def test_of_decisions_only_active_ones_count(alice, spec):
    made = [add("decision", alice, spec, title=f"D{number}") for number in range(3)]
    add("decision", alice, spec, title="D3", supersedes_decision_id=made[2]["id"])
    card = make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_decision", alice, spec_id=spec["id"], decision_id=made[0]["id"], card_id=str(card.pk))
    found = coverage(alice, spec)
    assert (found["decisions_total"], found["decisions_linked"], found["decisions_coverage_pct"]) == (3, 1, 33.3)
    assert len(found["decisions_uncovered_ids"]) == 2


@pytest.mark.parametrize("over", [{"status": "cancelled"}, {"archived_at": clock.now()}])
def test_a_card_that_is_cancelled_or_archived_counts_for_nothing(alice, spec, over):
    rule = add("business_rule", alice, spec, linked_requirements="0")
    card = make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_rule", alice, spec_id=spec["id"], rule_id=rule["id"], card_id=str(card.pk))
    for name, value in over.items():
        setattr(card, name, value)
    card.save(update_fields=list(over))
    found = coverage(alice, spec)
    assert (found["brs_linked"], found["cards_total"], found["fr_covered"]) == (0, 0, 1)


def test_a_restored_card_counts_again(alice, spec):
    rule = add("business_rule", alice, spec)
    card = make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_rule", alice, spec_id=spec["id"], rule_id=rule["id"], card_id=str(card.pk))
    for status in ("cancelled", "not_started"):
        card.status = status
        card.save(update_fields=["status"])
    assert coverage(alice, spec)["brs_linked"] == 1


def test_the_summary_has_the_names_of_the_context_answers_beside(alice, spec):
    add("test_scenario", alice, spec, linked_criteria="0")
    make_card(put(spec, "draft"), status="done")
    found = coverage(alice, spec)
    assert (found["acceptance_criteria_total"], found["acceptance_criteria_covered"]) == (4, 1)
    assert (found["uncovered_indices"], found["test_scenarios_total"]) == ([1, 2, 3], 1)
    assert (found["cards_total"], found["cards_done"]) == (1, 1)


def test_the_switches_of_the_spec_are_shown(alice, spec):
    run("okto_pulse_update_spec", alice, spec_id=spec["id"], skip_test_coverage=True)
    found = coverage(alice, spec)
    assert (found["skip_test_coverage"], found["skip_rules_coverage"]) == (True, False)
