"""Business rules of a spec."""

import pytest

from pulse_project.core.models import DomainEvent
from tests.boards.making import make_card, make_member
from tests.conftest import run
from tests.specs.authoring import RULE, add, put, written


@pytest.fixture
def spec(board, alice):
    return written(board, alice)


def change(caller, spec, rule, /, **over):
    return run("okto_pulse_update_business_rule", caller, spec_id=spec["id"], rule_id=rule["id"], **over)


def remove(caller, spec, rule, **over):
    return run("okto_pulse_remove_business_rule", caller, spec_id=spec["id"], rule_id=rule["id"], **over)


def test_a_new_rule_has_an_id_a_reference_and_coverage(alice, spec):
    answer = run("okto_pulse_add_business_rule", alice, spec_id=spec["id"], linked_requirements="0", **RULE)
    rule = answer["business_rule"]
    assert (rule["id"][:3], rule["ref"], rule["linked_requirements"]) == ("br_", "BR-1", ["F0"])
    assert (answer["success"], answer["coverage"]["fr_covered"], answer["coverage"]["brs_total"]) == (True, 1, 1)


def test_a_rule_leaves_the_version_of_the_spec(alice, spec):
    add("business_rule", alice, spec)
    found = run("okto_pulse_get_spec", alice, spec_id=spec["id"])
    assert (found["version"], found["revision"]) == (1, 2)


def test_a_change_keeps_what_it_does_not_name(alice, spec):
    rule = add("business_rule", alice, spec, notes="Note", linked_requirements="0")
    changed = change(alice, spec, rule, title="New", notes="", rule="")["business_rule"]
    assert (changed["title"], changed["rule"], changed["notes"]) == ("New", "It holds.", "Note")
    assert (changed["linked_requirements"], changed["revision"]) == (["F0"], 2)


@pytest.mark.parametrize("word", ["CLEAR", None])
def test_clear_and_null_empty_notes_and_links(alice, spec, word):
    rule = add("business_rule", alice, spec, notes="Note", linked_requirements="0")
    changed = change(alice, spec, rule, notes=word, linked_requirements=word)["business_rule"]
    assert (changed["notes"], changed["linked_requirements"]) == (None, [])


def test_clear_counts_in_upper_case_only(alice, spec):
    rule = add("business_rule", alice, spec)
    assert change(alice, spec, rule, notes="clear")["business_rule"]["notes"] == "clear"


def test_a_change_tells_the_fields_and_links_that_changed(alice, spec):
    rule = add("business_rule", alice, spec)
    change(alice, spec, rule, title="New", when="Always", linked_requirements=[1])
    payload = DomainEvent.objects.get(type="business_rule.updated").payload
    assert payload["changes"] == [
        {"field": "title", "old": "Rule", "new": "New"},
        {"field": "linked_requirements", "old": [], "new": ["FR-2"]},
    ]


def test_the_same_values_again_tell_nothing(alice, spec):
    rule = add("business_rule", alice, spec)
    assert change(alice, spec, rule, title="Rule")["business_rule"]["revision"] == 1
    assert not DomainEvent.objects.filter(type="business_rule.updated").exists()


def test_a_change_needs_something_to_change(alice, spec):
    assert change(alice, spec, add("business_rule", alice, spec), title="")["code"] == "VALIDATION_ERROR"


def test_a_change_of_an_older_revision_is_refused(alice, spec):
    rule = add("business_rule", alice, spec)
    change(alice, spec, rule, title="First")
    assert change(alice, spec, rule, title="Second", expected_version=1)["code"] == "VERSION_CONFLICT"


def test_a_rule_is_found_by_its_reference(alice, spec):
    add("business_rule", alice, spec)
    assert change(alice, spec, {"id": "BR-1"}, title="New")["business_rule"]["title"] == "New"


def test_an_unknown_rule_is_not_found(alice, spec):
    refused = change(alice, spec, {"id": "br_00000000"}, title="New")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "rule_id")


def test_a_rule_of_another_spec_is_not_found(board, alice, spec):
    other = add("business_rule", alice, written(board, alice))
    assert remove(alice, spec, other)["code"] == "NOT_FOUND"


def test_a_removed_rule_is_gone_and_counted(alice, spec):
    first, _ = add("business_rule", alice, spec), add("business_rule", alice, spec)
    answer = remove(alice, spec, first)
    assert (answer["removed"], answer["remaining"], answer["coverage"]["brs_total"]) == (first["id"], 1, 1)


def test_a_rule_that_a_contract_names_is_not_removed(alice, spec):
    rule = add("business_rule", alice, spec)
    contract = add("api_contract", alice, spec, linked_rules=rule["id"])
    refused = remove(alice, spec, rule)
    assert (refused["code"], refused["details"]["linked_by"]) == ("VALIDATION_ERROR", [contract["id"]])


def test_a_list_labels_the_requirements(alice, spec):
    add("business_rule", alice, spec, linked_requirements="1")
    listed = run("okto_pulse_list_business_rules", alice, spec_id=spec["id"])
    assert (listed["total"], listed["business_rules"][0]["resolved_requirements"]) == (1, ["[FR-2] F1"])


def test_a_card_works_on_a_rule_once(alice, spec):
    rule, card = add("business_rule", alice, spec), make_card(put(spec, "draft"))
    arguments = {"spec_id": spec["id"], "rule_id": rule["id"], "card_id": str(card.pk)}
    answers = [run("okto_pulse_link_task_to_rule", alice, **arguments) for _ in range(2)]
    assert [answer["coverage"]["br_task_linkage_pct"] for answer in answers] == [100.0, 100.0]
    assert DomainEvent.objects.filter(type="business_rule.task_linked").count() == 1


def test_a_card_of_another_board_does_not_exist(alice, mallory, spec):
    from boards.models import Board
    from tests.boards.making import make_spec

    card = make_card(make_spec(Board.objects.get(name="Elsewhere")))
    rule = add("business_rule", alice, spec)
    refused = run("okto_pulse_link_task_to_rule", alice, spec_id=spec["id"], rule_id=rule["id"], card_id=str(card.pk))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "card_id")


def test_an_unlinked_card_counts_no_more(alice, spec):
    rule, card = add("business_rule", alice, spec), make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_rule", alice, spec_id=spec["id"], rule_id=rule["id"], card_id=str(card.pk))
    arguments = {"spec_id": spec["id"], "item_id": rule["ref"], "card_id": str(card.pk)}
    first, second = (run("okto_pulse_unlink_task", alice, **arguments) for _ in range(2))
    assert (first["removed"], first["coverage"]["brs_linked"], second["removed"]) == (True, 0, False)


def test_unlinking_needs_the_right_that_linking_needs(board, alice, spec):
    rule, card = add("business_rule", alice, spec), make_card(put(spec, "draft"))
    bob = make_member(board, "bob", overrides=["card.link_to.rule"])
    refused = run("okto_pulse_unlink_task", bob, spec_id=spec["id"], item_id=rule["id"], card_id=str(card.pk))
    assert refused["details"]["required_permission"] == "card.link_to.rule"


def test_an_unknown_item_is_not_unlinked(alice, spec):
    card = make_card(put(spec, "draft"))
    refused = run("okto_pulse_unlink_task", alice, spec_id=spec["id"], item_id="FR-1", card_id=str(card.pk))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "item_id")


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("add_business_rule", "spec.rules.create"),
        ("update_business_rule", "spec.rules.edit"),
        ("remove_business_rule", "spec.rules.delete"),
        ("list_business_rules", "spec.rules.read"),
        ("link_task_to_rule", "card.link_to.rule"),
    ],
)
def test_every_act_on_rules_needs_its_right(board, alice, spec, name, flag):
    bob = make_member(board, "bob", overrides=[flag])
    more = {
        "add_business_rule": RULE,
        "list_business_rules": {},
        "link_task_to_rule": {"rule_id": "BR-1", "card_id": "C-1"},
    }.get(name, {"rule_id": "BR-1"})
    refused = run(f"okto_pulse_{name}", bob, spec_id=spec["id"], **more)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)
