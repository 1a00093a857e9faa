"""API contracts of a spec."""

import pytest

from tests.boards.making import make_card, make_member
from tests.conftest import run
from tests.specs.authoring import CONTRACT, add, put, written

DOCUMENTS = {
    "request_body_json": '{"name": "x"}',
    "response_success_json": {"id": 1},
    "response_errors_json": '[{"status": 404}]',
}


@pytest.fixture
def spec(board, alice):
    return written(board, alice)


def change(caller, spec, contract, **over):
    arguments = {"spec_id": spec["id"], "contract_id": contract["id"], **over}
    return run("okto_pulse_update_api_contract", caller, **arguments)


def test_a_new_contract_keeps_its_method_in_upper_case_and_its_documents(alice, spec):
    contract = add("api_contract", alice, spec, linked_requirements="0", **DOCUMENTS)
    assert (contract["id"][:4], contract["ref"], contract["method"]) == ("api_", "API-1", "POST")
    assert (contract["request_body"], contract["response_success"], contract["response_errors"]) == (
        {"name": "x"}, {"id": 1}, [{"status": 404}],
    )  # fmt: skip
    assert contract["linked_requirements"] == ["F0"]


def test_rules_are_linked_by_id_reference_and_place(alice, spec):
    rules = [add("business_rule", alice, spec) for _ in range(3)]
    contract = add("api_contract", alice, spec, linked_rules=[rules[0]["id"], "BR-2", 2])
    assert contract["linked_rules"] == [rule["id"] for rule in rules]


@pytest.mark.parametrize("name", ["linked_rules", "linked_requirements"])
def test_an_unknown_link_is_refused(alice, spec, name):
    refused = run("okto_pulse_add_api_contract", alice, spec_id=spec["id"], **CONTRACT, **{name: "br_00000000"})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("request_body_json", "{broken"),
        ("request_body_json", "[1]"),
        ("request_body_json", '{"a": 1, "a": 2}'),
        ("response_success_json", '"text"'),
        ("response_errors_json", '{"status": 404}'),
        ("response_errors_json", "[1]"),
        ("response_errors_json", [[]]),
    ],
)
def test_a_document_of_another_shape_is_refused(alice, spec, name, value):
    refused = run("okto_pulse_add_api_contract", alice, spec_id=spec["id"], **CONTRACT, **{name: value})
    assert (refused["code"], refused["details"]["field"].split(".")[0]) == ("VALIDATION_ERROR", name)


def test_a_change_keeps_what_it_does_not_name(alice, spec):
    contract = add("api_contract", alice, spec, description="Text", **DOCUMENTS)
    changed = change(alice, spec, contract, method="put", description="", request_body_json="")["api_contract"]
    assert (changed["method"], changed["description"], changed["request_body"]) == ("PUT", "Text", {"name": "x"})


def test_clear_empties_everything_but_method_and_path(alice, spec):
    rule = add("business_rule", alice, spec)
    contract = add(
        "api_contract", alice, spec, description="Text", notes="Note", linked_requirements="0",
        linked_rules=rule["id"], **DOCUMENTS,
    )  # fmt: skip
    names = ("description", "notes", "linked_requirements", "linked_rules", *DOCUMENTS)
    changed = change(alice, spec, contract, **dict.fromkeys(names, "CLEAR"))["api_contract"]
    assert (changed["description"], changed["notes"], changed["request_body"]) == ("", None, None)
    assert (changed["response_success"], changed["response_errors"], changed["links"]) == (None, None, [])


def test_a_change_of_a_document_answers_it_with_coverage(alice, spec):
    contract = add("api_contract", alice, spec)
    answer = change(alice, spec, contract, response_errors_json=[{"status": 500}])
    assert (answer["api_contract"]["response_errors"], answer["coverage"]["contracts_total"]) == ([{"status": 500}], 1)


@pytest.mark.parametrize("over", [{"method": ""}, {"path": None}, {"method": None}])
def test_method_and_path_cannot_be_emptied(alice, spec, over):
    assert change(alice, spec, add("api_contract", alice, spec), **over)["code"] == "VALIDATION_ERROR"


def test_a_change_of_an_older_revision_is_refused(alice, spec):
    contract = add("api_contract", alice, spec)
    change(alice, spec, contract, path="/first")
    assert change(alice, spec, contract, path="/second", expected_version=1)["code"] == "VERSION_CONFLICT"


def test_a_removed_contract_is_gone_and_counted(alice, spec):
    contract = add("api_contract", alice, spec)
    answer = run("okto_pulse_remove_api_contract", alice, spec_id=spec["id"], contract_id="API-1")
    assert (answer["removed"], answer["remaining"]) == (contract["id"], 0)


def test_an_unknown_contract_is_not_found(alice, spec):
    refused = change(alice, spec, {"id": "api_00000000"}, path="/x")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "contract_id")


def test_a_list_labels_requirements_and_rules(alice, spec):
    add("business_rule", alice, spec)
    add("api_contract", alice, spec, linked_requirements="0", linked_rules="0")
    listed = run("okto_pulse_list_api_contracts", alice, spec_id=spec["id"])["api_contracts"][0]
    assert (listed["resolved_requirements"], listed["resolved_rules"]) == (["[FR-1] F0"], ["[BR-1] Rule"])


def test_a_card_works_on_a_contract(alice, spec):
    contract, card = add("api_contract", alice, spec), make_card(put(spec, "draft"))
    answer = run(
        "okto_pulse_link_task_to_contract", alice, spec_id=spec["id"], contract_id=contract["id"], card_id=str(card.pk)
    )
    assert (answer["contract_id"], answer["coverage"]["contracts_linked"]) == (contract["id"], 1)


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("add_api_contract", "spec.contracts.create"),
        ("update_api_contract", "spec.contracts.edit"),
        ("remove_api_contract", "spec.contracts.delete"),
        ("list_api_contracts", "spec.contracts.read"),
        ("link_task_to_contract", "card.link_to.contract"),
        ("link_task_to_tr", "card.link_to.tr"),
    ],
)
def test_every_act_on_contracts_needs_its_right(board, alice, spec, name, flag):
    bob = make_member(board, "bob", overrides=[flag])
    more = {
        "add_api_contract": CONTRACT,
        "list_api_contracts": {},
        "link_task_to_contract": {"contract_id": "API-1", "card_id": "C-1"},
        "link_task_to_tr": {"tr_id": "TR-1", "card_id": "C-1"},
    }.get(name, {"contract_id": "API-1"})
    refused = run(f"okto_pulse_{name}", bob, spec_id=spec["id"], **more)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)
