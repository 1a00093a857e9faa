"""Links between items: how callers name what they link to."""

import pytest

from specs.item_inputs import Links
from specs.queries.content import text_of
from tests.conftest import run
from tests.specs.authoring import RULE, add, context, written


@pytest.fixture
def spec(board, alice):
    return written(board, alice, functional_requirements=["F0", "F1", "2", "with, comma"])


def linked(caller, spec, names):
    return run("okto_pulse_add_business_rule", caller, spec_id=spec["id"], linked_requirements=names, **RULE)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([0, "1"], ["F0", "F1"]),
        ("0|1", ["F0", "F1"]),
        ('["0", 1]', ["F0", "F1"]),
        (1, ["F1"]),
        ("F1", ["F1"]),
        ("FR-2", ["F1"]),
        ("S-1/FR-2", ["F1"]),
        ("fr-2", ["F1"]),
        (" 1 ", ["F1"]),
        ("2", ["2"]),
        (["with, comma"], ["with, comma"]),
        (["F1", 1, "FR-2"], ["F1"]),
        ([1, 0], ["F0", "F1"]),
        ("", []),
        (None, []),
        ([" "], []),
    ],
)
def test_an_item_is_named_by_index_id_reference_or_text(alice, spec, names, found):
    assert linked(alice, spec, names)["business_rule"]["linked_requirements"] == found


def test_each_item_is_looked_at_once_for_many_links(alice, spec, monkeypatch):
    from specs import item_links

    looks = []

    def counted(item):
        looks.append(item)
        return text_of(item)

    monkeypatch.setattr(item_links, "text_of", counted)
    assert linked(alice, spec, ["F1"] * 100)["business_rule"]["linked_requirements"] == ["F1"]
    assert len(looks) <= 4


@pytest.mark.parametrize(
    "names", [[4], ["99"], [-1], "-1", [True], ["F"], "f1 changed", ["S-2/FR-1"], "AC-1", [1.5], "a,b", "9" * 30]
)
def test_what_names_no_item_is_refused(alice, spec, names):
    refused = linked(alice, spec, names)
    assert (refused["code"], refused["details"]["field"].split(".")[0]) == ("VALIDATION_ERROR", "linked_requirements")


def test_a_refusal_lists_what_is_unknown(alice, spec):
    refused = linked(alice, spec, [str(number) for number in range(4, 20)])
    assert (len(refused["details"]["unknown"]), refused["details"]["unknown_total"]) == (10, 16)


def test_an_item_is_named_by_its_id(alice, spec):
    public_id = spec["functional_requirements_items"][1]["id"]
    assert linked(alice, spec, [public_id])["business_rule"]["linked_requirements"] == ["F1"]


def test_links_show_id_reference_place_and_text(alice, spec):
    rule = linked(alice, spec, [1])["business_rule"]
    item = spec["functional_requirements_items"][1]
    assert rule["links"] == [{"id": item["id"], "ref": "FR-2", "index": 1, "text": "F1"}]


def test_the_place_of_a_link_follows_the_list(alice, spec):
    linked(alice, spec, ["F1"])
    run("okto_pulse_update_spec", alice, spec_id=spec["id"], functional_requirements=["new", "F0", "2", "F1"])
    assert context(alice, spec)["business_rules"][0]["links"][0]["index"] == 3


def test_index_and_text_give_the_same_coverage(board, alice):
    by_index, by_text = (written(board, alice) for _ in range(2))
    add("test_scenario", alice, by_index, linked_criteria="0")
    add("test_scenario", alice, by_text, linked_criteria=["A0"])
    first, second = (context(alice, spec)["coverage_summary"] for spec in (by_index, by_text))
    assert (first, first["ac_covered"]) == (second, 1)


def test_the_published_schema_of_links_takes_texts_numbers_and_lists():
    from pydantic import TypeAdapter

    kinds = [option.get("type") for option in TypeAdapter(Links).json_schema()["anyOf"]]
    assert kinds == ["array", "integer", "string", "null"]
