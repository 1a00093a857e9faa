"""Test scenarios: their text, their evidence, and the cards that test them."""

import json

import pytest

from pulse_project.core.models import DomainEvent
from specs.models import ScenarioEvidence
from tests.boards.making import make_board, make_card, make_member, make_spec
from tests.conftest import run
from tests.specs.authoring import AUTOMATED, RUN, SCENARIO, add, context, put, written


@pytest.fixture
def spec(board, alice):
    return written(board, alice)


@pytest.fixture
def scenario(alice, spec):
    return add("test_scenario", alice, spec, linked_criteria="0")


def report(caller, spec, scenario, status, evidence="", **over):
    arguments = {"spec_id": spec["id"], "scenario_id": scenario["id"], "status": status, "evidence": evidence, **over}
    return run("okto_pulse_update_test_scenario_status", caller, **arguments)


def link(caller, spec, scenario, card):
    arguments = {"spec_id": spec["id"], "scenario_id": scenario["id"], "card_id": str(card.pk)}
    return run("okto_pulse_link_task_to_scenario", caller, **arguments)


def without_evidence_gate(board):
    board.settings = {"skip_test_evidence_global": True}
    board.save(update_fields=["settings"])


def test_a_new_scenario_is_a_draft_that_covers_its_criteria(alice, spec):
    answer = run("okto_pulse_add_test_scenario", alice, spec_id=spec["id"], linked_criteria="A1", **SCENARIO)
    made = answer["scenario"]
    assert (made["id"][:3], made["ref"], made["status"], made["scenario_type"]) == (
        "ts_", "TS-1", "draft", "integration",
    )  # fmt: skip
    assert (made["linked_criteria"], answer["coverage"]["ac_uncovered_indices"]) == (["A1"], [0])


@pytest.mark.parametrize("kind", ["unknown", "Unit"])
def test_an_unknown_type_is_refused(alice, spec, kind):
    refused = run("okto_pulse_add_test_scenario", alice, spec_id=spec["id"], scenario_type=kind, **SCENARIO)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "scenario_type")


def test_a_scenario_is_changed_without_its_status(alice, spec, scenario):
    answer = run(
        "okto_pulse_update_test_scenario", alice, spec_id=spec["id"], scenario_id="TS-1", given="Nobody",
        scenario_type="unit", linked_criteria=["A1"],
    )  # fmt: skip
    changed = answer["scenario"]
    assert (changed["given"], changed["when"], changed["scenario_type"]) == ("Nobody", "she asks", "unit")
    assert (changed["linked_criteria"], changed["revision"]) == (["A1"], 2)


def test_a_change_of_an_older_revision_is_refused(alice, spec, scenario):
    report(alice, spec, scenario, "ready")
    refused = run(
        "okto_pulse_update_test_scenario", alice, spec_id=spec["id"], scenario_id="TS-1", title="x", expected_version=1
    )
    assert refused["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize(
    ("status", "evidence", "required"),
    [
        ("automated", {}, ["test_file_path", "test_function"]),
        ("automated", {"test_file_path": "t.py"}, ["test_function"]),
        ("passed", {}, ["last_run_at", "output_snippet or test_run_id"]),
        ("failed", {"last_run_at": "now"}, ["output_snippet or test_run_id"]),
        ("failed", {"output_snippet": "x"}, ["last_run_at"]),
        ("passed", {"last_run_at": "", "test_run_id": "7"}, ["last_run_at"]),
    ],
)
def test_a_claim_without_its_evidence_is_refused(alice, spec, scenario, status, evidence, required):
    refused = report(alice, spec, scenario, status, json.dumps(evidence))
    assert (refused["error"], refused["required"], refused["code"]) == ("evidence_required", required, "GATE_BLOCKED")
    assert required[0] in refused["message"]


def test_the_refusal_says_which_call_to_make_and_which_switch_there_is(alice, spec, scenario):
    unmet = report(alice, spec, scenario, "passed")["details"]["unmet"][0]
    assert (unmet["code"], unmet["fix"]["needs"], unmet["fix"]["params"]["scenario_id"]) == (
        "evidence.required", ["evidence"], scenario["id"],
    )  # fmt: skip
    assert (unmet["skip"]["setting"], unmet["skip"]["may_change"]) == ("skip_test_evidence_global", False)
    assert unmet["subject"]["url"] == f"/go/spec/{spec['id']}#TS-1"


@pytest.mark.parametrize(
    ("status", "evidence"),
    [
        ("automated", AUTOMATED),
        ("passed", RUN),
        ("failed", RUN),
        ("passed", {"last_run_at": "2026", "test_run_id": "7"}),
        ("passed", {"last_run_at": "2026", "test_run_id": 7}),
        ("draft", {}),
        ("ready", {}),
    ],
)
def test_a_claim_with_its_evidence_counts(alice, spec, scenario, status, evidence):
    answer = report(alice, spec, scenario, status, evidence)
    assert (answer["old_status"], answer["new_status"]) == ("draft", status)
    assert (answer["evidence_provided"], answer["evidence_gate_skipped"]) == (bool(evidence), False)


@pytest.mark.parametrize("evidence", ["{broken", "[1]", '"text"', {"unknown": "x"}, {"test_run_id": [1]}])
def test_evidence_in_another_shape_is_refused(alice, spec, scenario, evidence):
    refused = report(alice, spec, scenario, "ready", evidence)
    assert (refused["code"], refused["details"]["field"].split(".")[0]) == ("VALIDATION_ERROR", "evidence")


def test_an_unknown_status_is_refused(alice, spec, scenario):
    assert report(alice, spec, scenario, "green")["code"] == "VALIDATION_ERROR"


def test_every_change_of_status_adds_a_row_and_the_newest_counts(alice, spec, scenario):
    report(alice, spec, scenario, "automated", AUTOMATED)
    report(alice, spec, scenario, "passed", RUN)
    shown = context(alice, spec)["test_scenarios"][0]
    assert (ScenarioEvidence.objects.count(), shown["status"]) == (2, "passed")
    assert (shown["evidence"]["last_run_at"], shown["evidence"]["test_file_path"]) == (RUN["last_run_at"], None)


def test_evidence_survives_every_later_change_of_the_spec(alice, spec, scenario):
    report(alice, spec, scenario, "passed", RUN)
    add("test_scenario", alice, spec)
    run("okto_pulse_update_spec", alice, spec_id=spec["id"], acceptance_criteria=["A0 again", "A1"])
    run("okto_pulse_update_test_scenario", alice, spec_id=spec["id"], scenario_id="TS-1", title="New")
    shown = context(alice, spec)["test_scenarios"][0]
    assert (shown["evidence"]["output_snippet"], shown["linked_criteria"]) == (RUN["output_snippet"], ["A0 again"])


def test_a_board_may_ask_for_no_evidence(board, alice, spec, scenario):
    without_evidence_gate(board)
    answer = report(alice, spec, scenario, "passed")
    assert (answer["evidence_gate_skipped"], answer["evidence_provided"]) == (True, False)
    assert ScenarioEvidence.objects.get().was_skipped is True


@pytest.mark.parametrize("status", ["validated", "in_progress", "done"])
def test_status_and_evidence_stay_open_while_the_spec_is_locked(alice, spec, scenario, status):
    put(spec, status)
    answer = report(alice, spec, scenario, "passed", RUN)
    assert (answer["success"], context(alice, spec)["version"]) == (True, 1)


def test_a_new_status_is_told_as_published(alice, spec, scenario):
    report(alice, spec, scenario, "automated", AUTOMATED)
    payload = DomainEvent.objects.get(type="test_scenario.status_changed").payload
    assert payload["changes"] == [{"field": "status", "old": "draft", "new": "automated"}]
    assert (payload["item"]["id"], payload["evidence"]) == (scenario["id"], AUTOMATED)


@pytest.mark.parametrize("taken", ["spec.tests.update_status", "card.tests.update_status"])
def test_one_of_two_rights_is_enough_for_a_status(board, alice, spec, scenario, taken):
    bob = make_member(board, "bob", overrides=[taken])
    assert report(bob, spec, scenario, "ready")["success"] is True


def test_without_both_rights_a_status_is_refused(board, alice, spec, scenario):
    bob = make_member(board, "bob", overrides=["spec.tests.update_status", "card.tests.update_status"])
    assert report(bob, spec, scenario, "ready")["details"]["required_permission"] == "spec.tests.update_status"


def test_an_unknown_scenario_is_not_found(alice, spec):
    refused = report(alice, spec, {"id": "ts_00000000"}, "ready")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "scenario_id")


def test_a_card_tests_a_scenario_on_both_sides(alice, spec, scenario):
    card = make_card(put(spec, "validated"), card_type="test")
    answer = link(alice, spec, scenario, card)
    row = run("okto_pulse_get_card", alice, card_id=str(card.pk))
    assert (answer["coverage"]["scenarios_linked"], answer["card_id"]) == (1, str(card.pk))
    assert (context(alice, spec)["test_scenarios"][0]["linked_task_ids"], row["revision"]) == ([str(card.pk)], 2)


def test_a_card_tests_no_more_scenarios_than_the_board_allows(alice, spec):
    card = make_card(put(spec, "draft"), card_type="test")
    answers = [link(alice, spec, add("test_scenario", alice, spec), card) for _ in range(4)]
    assert [answer.get("code") for answer in answers] == [None, None, None, "GATE_BLOCKED"]
    assert answers[3]["details"]["unmet"][0]["code"] == "scenario_cap.too_many"


def test_linking_a_scenario_twice_counts_once(alice, spec, scenario):
    card = make_card(put(spec, "draft"), card_type="test")
    assert [link(alice, spec, scenario, card)["success"] for _ in range(5)] == [True] * 5


def test_an_archived_card_is_linked_to_nothing(alice, spec, scenario):
    from pulse_project.core import clock

    card = make_card(put(spec, "draft"), card_type="test", archived_at=clock.now())
    refused = link(alice, spec, scenario, card)
    assert (refused["code"], refused["details"]["unmet"][0]["code"]) == ("GATE_BLOCKED", "archived.archived")


def test_a_card_of_another_board_does_not_exist(alice, spec, scenario):
    card = make_card(make_spec(make_board("Third")))
    assert link(alice, spec, scenario, card)["code"] == "NOT_FOUND"


def test_a_scenario_that_a_card_tests_is_not_deleted(alice, spec, scenario):
    card = make_card(put(spec, "draft"), card_type="test")
    link(alice, spec, scenario, card)
    refused = run("okto_pulse_delete_test_scenario", alice, spec_id=spec["id"], scenario_id="TS-1")
    assert (refused["code"], refused["details"]["linked_task_ids"]) == ("VALIDATION_ERROR", [str(card.pk)])


def test_a_scenario_that_nobody_tests_is_deleted_with_its_evidence(alice, spec, scenario):
    report(alice, spec, scenario, "passed", RUN)
    answer = run("okto_pulse_delete_test_scenario", alice, spec_id=spec["id"], scenario_id="TS-1")
    assert (answer["removed"], answer["remaining"], answer["coverage"]["ac_covered"]) == (scenario["id"], 0, 0)
    assert not ScenarioEvidence.objects.exists()


def test_a_list_filters_and_counts(alice, spec, scenario):
    other = add("test_scenario", alice, spec, scenario_type="unit")
    link(alice, spec, other, make_card(put(spec, "draft"), card_type="test"))
    listed = run("okto_pulse_list_test_scenarios", alice, spec_id=spec["id"], linked="linked")
    assert [row["id"] for row in listed["scenarios"]] == [other["id"]]
    assert (listed["total_scenarios"], listed["filtered_count"], listed["summary"]["by_type"]["unit"]) == (2, 1, 1)
    assert (listed["summary"]["linked"], listed["summary"]["unlinked"]) == (1, 1)


def test_a_list_says_which_criteria_are_covered(alice, spec, scenario):
    coverage = run("okto_pulse_list_test_scenarios", alice, spec_id=spec["id"])["coverage"]
    assert (coverage["total_criteria"], coverage["covered"], coverage["uncovered"]) == (2, 1, ["A1"])
    assert coverage["details"][0]["scenario_ids"] == [scenario["id"]]


def test_a_page_of_a_list_is_counted_from_its_offset(alice, spec):
    made = [add("test_scenario", alice, spec) for _ in range(3)]
    listed = run("okto_pulse_list_test_scenarios", alice, spec_id=spec["id"], offset="1", limit="1")
    assert [row["id"] for row in listed["scenarios"]] == [made[1]["id"]]


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("add_test_scenario", "spec.tests.create"),
        ("update_test_scenario", "spec.tests.create"),
        ("delete_test_scenario", "spec.tests.create"),
        ("list_test_scenarios", "spec.tests.read"),
    ],
)
def test_every_act_on_scenarios_needs_its_right(board, alice, spec, name, flag):
    bob = make_member(board, "bob", overrides=[flag])
    more = {"add_test_scenario": SCENARIO, "list_test_scenarios": {}}.get(name, {"scenario_id": "TS-1"})
    refused = run(f"okto_pulse_{name}", bob, spec_id=spec["id"], **more)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_linking_a_scenario_needs_one_of_two_rights(board, alice, spec, scenario):
    bob = make_member(board, "bob", overrides=["card.link_to.scenario", "card.tests.link"])
    card = make_card(put(spec, "draft"), card_type="test")
    assert link(bob, spec, scenario, card)["details"]["required_permission"] == "card.link_to.scenario"
