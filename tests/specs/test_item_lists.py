"""Replacing lists: what stays the same item, what is new, and what cannot go."""

import pytest

from pulse_project.core.models import DomainEvent
from specs.models import ItemLink, Requirement
from tests.boards.making import make_card
from tests.conftest import run
from tests.specs.authoring import add, context, put, written


@pytest.fixture
def spec(board, alice):
    return written(board, alice)


def replace(caller, spec, items, field="functional_requirements", **over):
    return run("okto_pulse_update_spec", caller, spec_id=spec["id"], **{field: items}, **over)


def ops(answer):
    return [(change["ref"], change["index"], change["op"]) for change in answer["changes"]]


def refs(answer, field="functional_requirements"):
    return [item["ref"] for item in answer["spec"][f"{field}_items"]]


def test_equal_texts_stay_the_same_items(alice, spec):
    answer = replace(alice, spec, ["F1", "F0"])
    assert (refs(answer), ops(answer)) == (["FR-2", "FR-1"], [("FR-2", 0, "moved"), ("FR-1", 1, "moved")])


def test_texts_that_differ_in_case_and_space_stay_the_same_items(alice, spec):
    answer = replace(alice, spec, ["F1", "  f0  "])
    assert (refs(answer), ops(answer)) == (["FR-2", "FR-1"], [("FR-2", 0, "moved"), ("FR-1", 1, "reworded")])


def test_an_item_in_the_old_place_of_a_list_of_equal_length_is_reworded(alice, spec):
    answer = replace(alice, spec, ["F0", "Quite different"])
    assert (refs(answer), ops(answer)) == (["FR-1", "FR-2"], [("FR-2", 1, "reworded")])


def test_another_text_in_a_longer_list_is_a_new_item(alice, spec):
    answer = replace(alice, spec, ["F0 changed", "F1", "F2"])
    assert ops(answer) == [("FR-1", 0, "removed"), ("FR-3", 0, "added"), ("FR-4", 2, "added")]


def test_an_item_named_by_its_id_is_reworded_and_moved_at_once(alice, spec):
    second = spec["functional_requirements_items"][1]
    answer = replace(alice, spec, [{"id": second["id"], "text": "Other"}, "F0", "F2"])
    assert (refs(answer), answer["spec"]["functional_requirements"]) == (
        ["FR-2", "FR-1", "FR-3"],
        ["Other", "F0", "F2"],
    )


def test_an_item_named_by_its_reference_is_that_item(alice, spec):
    assert refs(replace(alice, spec, [{"id": "FR-2", "text": "Other"}, "F0", "F2"])) == ["FR-2", "FR-1", "FR-3"]


def test_equal_texts_pair_in_their_order(alice, spec):
    replace(alice, spec, ["same", "same"])
    answer = replace(alice, spec, ["new", "same", "same"])
    assert refs(answer) == ["FR-3", "FR-1", "FR-2"]


def test_a_number_is_never_given_twice(alice, spec):
    replace(alice, spec, ["F0"])
    assert refs(replace(alice, spec, ["F0", "F9"])) == ["FR-1", "FR-3"]


def test_an_unknown_id_is_refused(alice, spec):
    refused = replace(alice, spec, [{"id": "fr_00000000", "text": "F0"}])
    assert (refused["code"], refused["details"]["unknown"]) == ("VALIDATION_ERROR", ["fr_00000000"])


def test_an_id_of_another_list_is_refused(alice, spec):
    refused = replace(alice, spec, [{"id": spec["acceptance_criteria_items"][0]["id"], "text": "F0"}])
    assert refused["code"] == "VALIDATION_ERROR"


def test_an_id_that_stands_twice_is_refused(alice, spec):
    refused = replace(alice, spec, [{"id": "FR-1", "text": "a"}, {"id": "FR-1", "text": "b"}])
    assert "twice" in refused["error"]


def test_an_item_without_text_is_refused_and_nothing_changes(alice, spec):
    refused = replace(alice, spec, [{"id": "FR-1", "text": " "}])
    assert (refused["code"], Requirement.objects.filter(text="F0").count()) == ("VALIDATION_ERROR", 1)


def test_a_reworded_item_keeps_its_links(alice, spec):
    rule = add("business_rule", alice, spec, linked_requirements="0")
    replace(alice, spec, ["F0 in other words", "F1"])
    found = context(alice, spec)["business_rules"][0]
    assert (found["id"], found["linked_requirements"]) == (rule["id"], ["F0 in other words"])


def test_an_item_that_a_rule_links_to_is_not_dropped(alice, spec):
    rule = add("business_rule", alice, spec, linked_requirements="0")
    refused = replace(alice, spec, ["F1"])
    assert (refused["code"], refused["details"]["linked_total"]) == ("VALIDATION_ERROR", 1)
    assert (refused["details"]["linked"][0]["ref"], refused["details"]["linked"][0]["linked_by"]) == (
        "FR-1", [rule["ref"]],
    )  # fmt: skip


def test_a_technical_requirement_with_a_card_is_not_dropped(alice, spec):
    card = make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_tr", alice, spec_id=spec["id"], tr_id="TR-1", card_id=str(card.pk))
    refused = replace(alice, spec, ["T1"], "technical_requirements")
    assert refused["details"]["linked"][0]["linked_task_ids"] == [str(card.pk)]


def test_a_refused_list_leaves_everything_as_it_was(alice, spec):
    add("business_rule", alice, spec, linked_requirements="0")
    before = context(alice, spec)
    replace(alice, spec, ["F1"], title="New")
    assert context(alice, spec) == before


def test_ten_of_the_linked_items_are_named(board, alice):
    spec = written(board, alice, functional_requirements=[f"F{number}" for number in range(12)])
    add("business_rule", alice, spec, linked_requirements=list(range(12)))
    refused = replace(alice, spec, [])
    assert (len(refused["details"]["linked"]), refused["details"]["linked_total"]) == (10, 12)


def test_technical_requirements_keep_their_cards_through_a_rewritten_list(alice, spec):
    card = make_card(put(spec, "draft"))
    run("okto_pulse_link_task_to_tr", alice, spec_id=spec["id"], tr_id="TR-1", card_id=str(card.pk))
    listed = context(alice, spec)["technical_requirements"]
    answer = replace(alice, spec, [{**listed[0], "text": "T0 reworded"}, "T2"], "technical_requirements")
    assert answer["spec"]["technical_requirements"][0]["linked_task_ids"] == [str(card.pk)]


def test_a_criterion_may_link_to_a_requirement_of_the_same_call(alice, spec):
    answer = replace(
        alice, spec, [{"text": "A0", "linked_requirements": ["F2"]}, "A1"], "acceptance_criteria",
        functional_requirements=["F0", "F1", "F2"],
    )  # fmt: skip
    link = answer["spec"]["acceptance_criteria_items"][0]["links"][0]
    assert (link["ref"], link["index"], link["text"]) == ("FR-3", 2, "F2")


def test_lists_that_were_read_together_may_be_sent_back_with_one_text_reworded(alice, spec):
    replace(alice, spec, [{"text": "T0", "linked_requirements": [0]}, "T1"], "technical_requirements")
    read = context(alice, spec)["technical_requirements"]
    answer = replace(alice, spec, ["F0 again", "F1"], technical_requirements=read)
    assert answer["spec"]["technical_requirements"][0]["linked_requirements"] == ["F0 again"]


def test_a_changed_link_alone_leaves_the_version(alice, spec):
    answer = replace(alice, spec, [{"text": "T0", "linked_requirements": [0]}, "T1"], "technical_requirements")
    assert (ops(answer), answer["spec"]["version"]) == ([("TR-1", 0, "linked")], 1)
    assert answer["spec"]["technical_requirements"][0]["linked_requirements"] == ["F0"]


def test_a_functional_requirement_links_to_nothing(alice, spec):
    refused = replace(alice, spec, [{"text": "F0", "linked_requirements": [1]}, "F1"])
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "functional_requirements")


def test_null_empties_a_list_and_an_empty_text_leaves_it(alice, spec):
    answer = replace(alice, spec, None, acceptance_criteria="")
    assert (answer["spec"]["functional_requirements"], answer["spec"]["acceptance_criteria"]) == ([], ["A0", "A1"])


def test_every_item_tells_its_own_event(alice, spec):
    replace(alice, spec, ["F0 again", "F1"])
    replace(alice, spec, ["F0 again", "F2", "F3"])
    told = DomainEvent.objects.filter(type__startswith="requirement.").order_by("seq")
    assert [(event.type, event.payload["item"]["ref"]) for event in told] == [
        ("requirement.reworded", "FR-1"),
        ("requirement.removed", "FR-2"),
        ("requirement.added", "FR-3"),
        ("requirement.added", "FR-4"),
    ]


def test_the_new_order_of_items_is_told_with_the_spec(alice, spec):
    replace(alice, spec, ["F1", "F0"])
    told = DomainEvent.objects.get(type="spec.updated").payload["changes"]
    assert told == [{"field": "functional_requirements", "old": ["FR-1", "FR-2"], "new": ["FR-2", "FR-1"]}]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("a|b|c", ["a", "b", "c"]),
        (" a | b ", ["a", "b"]),
        ("a||b|", ["a", "b"]),
        ('["a","b, c|d"]', ["a", "b, c|d"]),
        ([" a ", " ", "b"], ["a", "b"]),
        ("x", ["x"]),
        ("a\\nb|c", ["a\nb", "c"]),
        ('[{"text": "a"}, "b"]', ["a", "b"]),
    ],
)
def test_a_list_comes_in_every_published_shape(board, alice, given, found):
    assert written(board, alice, functional_requirements=given)["functional_requirements"] == found


@pytest.mark.parametrize("given", ["[not json", "[1,2]", "a,b", [1], [None], {"text": "a"}, 7, [{"id": "FR-1"}]])
def test_a_list_in_no_published_shape_is_refused(board, alice, given):
    refused = run("okto_pulse_create_spec", alice, board_id=str(board.pk), title="Spec", functional_requirements=given)
    assert (refused["code"], refused["details"]["field"].split(".")[0]) == (
        "VALIDATION_ERROR", "functional_requirements",
    )  # fmt: skip


def test_a_removed_criterion_takes_its_own_links_with_it(alice, spec):
    replace(alice, spec, [{"text": "A0", "linked_requirements": [0]}, "A1"], "acceptance_criteria")
    replace(alice, spec, ["A1"], "acceptance_criteria")
    assert (ItemLink.objects.count(), context(alice, spec)["acceptance_criteria"]) == (0, ["A1"])
