"""What blocks a design and what only earns a remark."""

from typing import Any

import pytest

from specs.models import ArchitectureDesign
from tests.boards.making import make_member, make_spec
from tests.conftest import run
from tests.specs.sprinting import ENTITIES, INTERFACES, design, diagram, drawing

VALIDATE = "okto_pulse_validate_architecture_design_payload"
ADD = "okto_pulse_add_architecture_design"
SHOP, BILL = ENTITIES
CHARGE = INTERFACES[0]


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board)


@pytest.fixture
def critique(alice: Any, spec: Any) -> Any:
    return lambda **over: run(VALIDATE, alice, parent_type="spec", parent_id=str(spec.pk), **design(**over))


def _drawn(*elements: Any, **over: Any) -> dict[str, Any]:
    return {"diagrams": [diagram(adapter_payload={"elements": list(elements)}, **over)]}


def _edge(**links: Any) -> dict[str, Any]:
    return {"diagrams": [diagram(adapter_payload=drawing(**links))]}


BLOCKING = [
    ({"title": " "}, "$.title", "blank"),
    ({"global_description": " "}, "$.global_description", "blank"),
    ({"entities": [SHOP, {**BILL, "id": "shop"}]}, "$.entities[1].id", "duplicate"),
    ({"entities": [SHOP, {**BILL, "name": "SHOP"}]}, "$.entities[1].name", "duplicate"),
    ({"entities": [{**SHOP, "name": "An-App", "entity_type": "an app"}, BILL]}, "$.entities[0].name",
     "name_equals_type"),
    ({"entities": "{}"}, "$.entities", "wrong_type"),
    ({"entities": ["Shop"]}, "$.entities[0]", "wrong_type"),
    ({"entities": [{**SHOP, "name": 7}, BILL]}, "$.entities[0].name", "wrong_type"),
    ({"entities": [{**SHOP, "technologies": "Python"}, BILL]}, "$.entities[0].technologies", "wrong_type"),
    ({"entities": [{**SHOP, "name": "x" * 501}, BILL]}, "$.entities[0].name", "too_long"),
    ({"entities": [SHOP] * 201}, "$.entities", "too_many"),
    ({"interfaces": [CHARGE, {**CHARGE, "name": "Other"}]}, "$.interfaces[1].id", "duplicate"),
    ({"interfaces": [CHARGE, {**CHARGE, "id": "other"}]}, "$.interfaces[1].name", "duplicate"),
    ({"interfaces": [{**CHARGE, "direction": "sideways"}]}, "$.interfaces[0].direction", "unknown_value"),
    ({"interfaces": [{**CHARGE, "participants": ["shop"]}]}, "$.interfaces[0].participants", "participants"),
    ({"interfaces": [{**CHARGE, "participants": ["shop", "shop"]}]}, "$.interfaces[0].participants", "participants"),
    ({"interfaces": [{**CHARGE, "participants": ["shop", "bank"]}]}, "$.interfaces[0].participants[1]",
     "unknown_entity"),
    ({"interfaces": [{**CHARGE, "protocol": ""}]}, "$.interfaces[0].protocol", "missing"),
    ({"diagrams": [diagram(), diagram(title="Other")]}, "$.diagrams[1].id", "duplicate"),
    ({"diagrams": [diagram(), diagram(id="other")]}, "$.diagrams[1].title", "duplicate"),
    ({"diagrams": [diagram(format="mermaid")]}, "$.diagrams[0].format", "unknown_value"),
    ({"diagrams": [diagram(diagram_type="mind map")]}, "$.diagrams[0].diagram_type", "unknown_value"),
    ({"diagrams": [diagram(order_index=-1)]}, "$.diagrams[0].order_index", "wrong_type"),
    ({"diagrams": [diagram(adapter_payload=None)]}, "$.diagrams[0].adapter_payload", "payload"),
    ({"diagrams": [diagram(adapter_payload={"elements": "none"})]}, "$.diagrams[0].adapter_payload", "payload"),
    ({"diagrams": [diagram(adapter_payload=[])]}, "$.diagrams[0].adapter_payload", "payload"),
    (_drawn({"type": "text"}), "$.diagrams[0].adapter_payload.elements[0].id", "missing"),
    (_drawn({"id": "a"}, {"id": "a"}), "$.diagrams[0].adapter_payload.elements[1].id", "duplicate"),
    (_drawn({"id": "a", "linkedEntityId": "bank"}), "$.diagrams[0].adapter_payload.elements[0].linkedEntityId",
     "unknown_entity"),
    (_drawn({"id": "a", "linkedInterfaceIds": ["pay"]}), "$.diagrams[0].adapter_payload.elements[0].linkedInterfaceId",
     "unknown_interface"),
    (_edge(linkedInterfaceId="pay"), "$.diagrams[0].adapter_payload.elements[2].linkedInterfaceId",
     "unknown_interface"),
    (_edge(connectionType="curved"), "$.diagrams[0].adapter_payload.elements[2].connectionType", "unknown_value"),
    (_edge(targetElementId=""), "$.diagrams[0].adapter_payload.elements[2].targetElementId", "missing"),
    (_edge(sourceElementId="z"), "$.diagrams[0].adapter_payload.elements[2].sourceElementId", "unknown_element"),
    (_edge(sourceElementId="b", targetElementId="a"), "$.diagrams[0].adapter_payload.elements[2].linkedInterfaceId",
     "participants"),
]  # fmt: skip


@pytest.mark.parametrize(("over", "path", "code"), BLOCKING)
def test_an_issue_names_its_place(critique, over, path, code):
    found = critique(**over)
    assert (found["success"], found["valid"]) == (True, False)
    assert (path, code) in {(issue["path"], issue["code"]) for issue in found["issues"]}


@pytest.mark.parametrize(("over", "path", "code"), BLOCKING[::6])
def test_what_has_issues_is_not_stored(alice, spec, over, path, code):
    refused = run(ADD, alice, parent_type="spec", parent_id=str(spec.pk), **design(**over))
    assert (refused["code"], path in {issue["path"] for issue in refused["details"]["issues"]}) == (
        "VALIDATION_ERROR", True,
    )  # fmt: skip
    assert not ArchitectureDesign.objects.exists()


def test_a_good_design_has_no_remarks(critique):
    found = critique()
    assert (found["mode"], found["valid"], found["issues"], found["warnings"]) == ("create", True, [], [])
    assert found["summary"] == {"entities": 2, "interfaces": 1, "diagrams": 1, "issues": 0, "warnings": 0}


WARNED = [
    ({"entities": [{"name": "Shop"}], "interfaces": [], "diagrams": []},
     ["$.entities[0].entity_type", "$.entities[0].responsibility", "$.entities[0].boundaries", "$.entities[0].id"]),
    ({"interfaces": [{"id": "x"}], "diagrams": []},
     ["$.interfaces[0].name", "$.interfaces[0].description", "$.interfaces[0].protocol"]),
    ({"interfaces": [{**CHARGE, "request_schema": None}]}, ["$.interfaces[0]"]),
    (_drawn({"id": "a"}), ["$.diagrams[0].adapter_payload"]),
    ({"entities": [{**SHOP, "colour": "red"}, BILL]}, ["$.entities[0].colour"]),
]  # fmt: skip


@pytest.mark.parametrize(("over", "paths"), WARNED)
def test_what_is_missing_is_a_warning_only(critique, over, paths):
    found = critique(**over)
    assert found["valid"] is True
    assert set(paths) <= {warning["path"] for warning in found["warnings"]}


@pytest.mark.parametrize("direction", ["source_to_target", "target_to_source", "bidirectional", "none"])
def test_every_published_direction_is_known(critique, direction):
    assert critique(interfaces=[{**CHARGE, "direction": direction}])["valid"] is True


def test_participants_and_links_take_names_as_well_as_ids(critique):
    assert critique(interfaces=[{**CHARGE, "participants": ["Shop", "billing"]}])["valid"] is True


def test_links_on_the_element_itself_count(critique):
    flat = {"elements": [{"id": e["id"], "type": e["type"], **e["customData"]} for e in drawing()["elements"]]}
    assert critique(diagrams=[diagram(adapter_payload=flat)])["valid"] is True


def test_an_interface_may_have_no_participants_while_no_connection_shows_it(critique):
    assert critique(interfaces=[{**CHARGE, "participants": []}], diagrams=[])["valid"] is True
    assert critique(interfaces=[{**CHARGE, "participants": []}])["valid"] is False


def test_parts_without_ids_are_given_some(alice, spec):
    parts = {"entities": [{"name": "Shop"}, {"name": "Bank"}], "interfaces": [], "diagrams": []}
    answer = run(ADD, alice, parent_type="spec", parent_id=str(spec.pk), **design(**parts))
    ids = [entity["id"] for entity in answer["architecture_design"]["entities"]]
    assert len(set(ids)) == 2
    assert all(name.startswith("ent_") for name in ids)


def test_remarks_come_with_suggestions(critique):
    found = critique(entities=[{**SHOP, "name": "app"}, BILL])
    assert "$.entities[0].name" in {fix["path"] for fix in found["suggested_fixes"]}


def test_a_design_can_be_criticised_as_it_would_become(alice, spec):
    made = run(ADD, alice, parent_type="spec", parent_id=str(spec.pk), **design())["architecture_design"]["id"]
    good = run(VALIDATE, alice, design_id=made, title="New")
    bad = run(VALIDATE, alice, design_id=made, entities=[SHOP])
    assert (good["mode"], good["valid"], bad["valid"]) == ("update", True, False)
    assert ArchitectureDesign.objects.get().title == "Payments"


def test_a_critique_needs_a_place_for_the_design(alice, board, spec):
    refused = [run(VALIDATE, alice, board_id=str(board.pk), title="T"),
               run(VALIDATE, alice, parent_id=str(spec.pk), title="T")]  # fmt: skip
    assert [one["code"] for one in refused] == ["VALIDATION_ERROR"] * 2


def test_a_critique_of_what_is_not_there_is_not_found(alice, board):
    given = {"board_id": str(board.pk)}
    refused = [run(VALIDATE, alice, **given, design_id="0" * 32),
               run(VALIDATE, alice, **given, parent_type="card", parent_id="C-9")]  # fmt: skip
    assert [one["details"]["field"] for one in refused] == ["design_id", "parent_id"]


def test_a_critique_asks_for_the_flag_of_what_it_prepares(board, alice, spec):
    made = run(ADD, alice, parent_type="spec", parent_id=str(spec.pk), **design())["architecture_design"]["id"]
    bob = make_member(board, "bob", overrides=["spec.architecture.create", "spec.architecture.edit"])
    refused = [run(VALIDATE, bob, parent_type="spec", parent_id=str(spec.pk)), run(VALIDATE, bob, design_id=made)]
    assert [one["details"]["required_permission"] for one in refused] == [
        "spec.architecture.create", "spec.architecture.edit",
    ]  # fmt: skip


def test_a_stranger_gets_no_critique(mallory, spec):
    assert run(VALIDATE, mallory, parent_type="spec", parent_id=str(spec.pk))["code"] == "NOT_FOUND"


def test_the_number_of_remarks_is_bounded(critique):
    found = critique(entities=[{"notes": "x"}] * 200, interfaces=[], diagrams=[])
    assert len(found["warnings"]) == 200
