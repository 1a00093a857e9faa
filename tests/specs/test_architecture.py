"""Architecture designs: adding, reading, changing, deleting, comparing versions."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pulse_project.core.models import DomainEvent
from specs.architecture import designs, payloads
from specs.models import ArchitectureDesign, ArchitectureVersion, DiagramPayload
from tests.boards.making import make_board, make_card, make_ideation, make_member, make_refinement, make_spec
from tests.conftest import run
from tests.specs.sprinting import ENTITIES, design, diagram, drawing

ADD, GET, LIST = (f"okto_pulse_{name}" for name in (
    "add_architecture_design", "get_architecture_design", "list_architecture_designs",
))  # fmt: skip
UPDATE, DELETE = "okto_pulse_update_architecture_design", "okto_pulse_delete_architecture_design"
DIFF, SCHEMA = "okto_pulse_diff_architecture_design", "okto_pulse_get_architecture_design_schema"
VALIDATE = "okto_pulse_validate_architecture_design_payload"
KINDS = ["ideation", "refinement", "spec", "card"]


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board)


@pytest.fixture
def parents(board: Any, spec: Any) -> dict[str, Any]:
    ideation = make_ideation(board)
    return {
        "ideation": ideation, "refinement": make_refinement(ideation), "spec": spec, "card": make_card(spec),
    }  # fmt: skip


def _add(caller: Any, parent: Any, **over: Any) -> dict[str, Any]:
    return run(ADD, caller, parent_type=parent.kind, parent_id=str(parent.pk), **design(**over))


@pytest.fixture
def made(alice: Any, spec: Any) -> Any:
    """A stored design of the spec, as it is answered."""
    return _add(alice, spec)["architecture_design"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_parent_holds_designs(alice, parents, kind):
    answer = _add(alice, parents[kind])["architecture_design"]
    assert (answer["parent_type"], answer["parent_id"]) == (kind, str(parents[kind].pk))
    assert (answer["version"], answer["revision"], answer["created_by"]) == (1, 1, "alice")
    assert (answer["stale"], answer["breaking_change_flag"], answer["requires_arch_review"]) == (False, False, False)


def test_parts_are_taken_as_json_text_too(alice, spec):
    given = {name: json.dumps(value) for name, value in design().items() if isinstance(value, list)}
    answer = _add(alice, spec, **given)["architecture_design"]
    assert [entity["id"] for entity in answer["entities"]] == ["shop", "bill"]


def test_broken_json_text_is_refused(alice, spec):
    refused = [_add(alice, spec, entities="[{"), _add(alice, spec, entities='["\\u0000"]')]
    assert [(one["code"], one["details"]["field"]) for one in refused] == [("VALIDATION_ERROR", "entities")] * 2


def test_a_drawing_is_kept_apart_and_named_by_its_hash(made):
    (row,) = DiagramPayload.objects.all()
    (drawn,) = made["diagrams"]
    assert "adapter_payload" not in drawn
    assert drawn["adapter_payload_ref"] == f"architecture_diagram_payloads/{made['id']}/over"
    assert (drawn["content_hash"], drawn["size_bytes"], row.payload) == (row.content_hash, row.size_bytes, drawing())


def test_equal_drawings_have_equal_hashes(made, alice, spec):
    turned = dict(reversed(drawing().items()))
    other = _add(alice, spec, diagrams=[diagram(adapter_payload=turned)])["architecture_design"]
    assert other["diagrams"][0]["content_hash"] == made["diagrams"][0]["content_hash"]


def test_drawings_are_answered_when_asked_for(alice, spec, made):
    plain = run(GET, alice, design_id=made["id"])["architecture_design"]
    whole = run(GET, alice, design_id=made["id"], include_payloads="true")["architecture_design"]
    assert "diagram_payloads" not in plain
    assert whole["diagram_payloads"][0]["payload"] == drawing()


def test_designs_are_listed_as_summaries_or_whole(alice, spec, made):
    given = {"parent_type": "spec", "parent_id": str(spec.pk)}
    (short,) = run(LIST, alice, **given)["architecture_designs"]
    (whole,) = run(LIST, alice, **given, include_payloads=True)["architecture_designs"]
    assert (short["entities_count"], short["interfaces_count"], short["diagrams_count"]) == (2, 1, 1)
    assert (short["adapter_payload_refs"], "entities" in short) == ([made["diagrams"][0]["adapter_payload_ref"]], False)
    assert whole["diagram_payloads"][0]["diagram_id"] == "over"


def test_drawings_that_are_too_much_for_one_answer_are_refused(alice, spec, made, monkeypatch):
    monkeypatch.setattr(payloads, "MAX_ANSWER_BYTES", 10)
    refused = run(LIST, alice, parent_type="spec", parent_id=str(spec.pk), include_payloads=True)
    assert refused["code"] == "CONTENT_TOO_LARGE"


def test_an_update_is_a_new_version_with_a_record(alice, made):
    changed = run(UPDATE, alice, design_id=made["id"], title="New", change_summary="Renamed")["architecture_design"]
    assert (changed["title"], changed["version"], changed["revision"]) == ("New", 2, 2)
    records = ArchitectureVersion.objects.order_by("version").values_list("version", "change_summary")
    assert list(records) == [(1, ""), (2, "Renamed")]


def test_a_summary_of_changes_alone_is_a_version(alice, made):
    changed = run(UPDATE, alice, design_id=made["id"], change_summary="Reviewed")["architecture_design"]
    assert (changed["version"], changed["entities"]) == (2, made["entities"])


def test_a_list_that_is_sent_replaces_the_whole_list(alice, made):
    changed = run(UPDATE, alice, design_id=made["id"], interfaces=None, diagrams=[])["architecture_design"]
    assert (changed["interfaces"], changed["diagrams"]) == ([], [])
    assert not DiagramPayload.objects.exists()


def test_a_diagram_that_keeps_its_id_keeps_its_drawing(alice, made):
    kept = {"id": "over", "title": "Renamed", "description": "All."}
    changed = run(UPDATE, alice, design_id=made["id"], diagrams=[kept])["architecture_design"]
    assert changed["diagrams"][0]["content_hash"] == made["diagrams"][0]["content_hash"]


def test_what_is_read_can_be_sent_back(alice, made):
    read = run(GET, alice, design_id=made["id"])["architecture_design"]
    given = {name: read[name] for name in ("title", "global_description", "entities", "interfaces", "diagrams")}
    again = run(UPDATE, alice, design_id=made["id"], **given)["architecture_design"]
    assert {name: again[name] for name in given} == given


def test_an_update_that_breaks_a_link_of_a_drawing_is_refused(alice, made):
    refused = run(UPDATE, alice, design_id=made["id"], entities=ENTITIES[:1], interfaces=[])
    paths = [issue["path"] for issue in refused["details"]["issues"]]
    assert "$.diagrams[0].adapter_payload.elements[1].linkedEntityId" in paths


def test_an_update_of_nothing_is_refused(alice, made):
    assert run(UPDATE, alice, design_id=made["id"], title="", entities="")["code"] == "VALIDATION_ERROR"


def test_an_old_revision_changes_and_deletes_nothing(alice, made):
    given = {"design_id": made["id"], "expected_version": 5}
    refused = [run(UPDATE, alice, **given, title="New"), run(DELETE, alice, **given)]
    assert [one["code"] for one in refused] == ["VERSION_CONFLICT"] * 2


def test_a_deleted_design_is_gone_with_versions_and_drawings(alice, made):
    assert run(DELETE, alice, design_id=made["id"]) == {"success": True}
    left = (ArchitectureDesign, ArchitectureVersion, DiagramPayload)
    assert [model.objects.count() for model in left] == [0, 0, 0]


def test_the_difference_of_versions_tells_meaning_from_layout(alice, made):
    moved = drawing()
    moved["elements"][0]["x"] = 10
    entities = [{**ENTITIES[0], "notes": "Busy."}, ENTITIES[1], {"id": "log", "name": "Ledger"}]
    run(UPDATE, alice, design_id=made["id"], entities=entities, diagrams=[diagram(adapter_payload=moved)])
    diff = run(DIFF, alice, design_id=made["id"], from_version=1, to_version=2)
    assert diff["changed_fields"] == ["entities", "diagrams"]
    assert [(row["id"], row["change"]) for row in diff["semantic_changes"]] == [("shop", "changed"), ("log", "added")]
    assert [row["id"] for row in diff["layout_changes"]] == ["over"]


def test_texts_and_removed_parts_are_differences(alice, made):
    run(UPDATE, alice, design_id=made["id"], title="New", interfaces=[], diagrams=[])
    diff = run(DIFF, alice, design_id=made["id"], from_version=1, to_version=2)
    assert diff["changed_fields"] == ["title", "interfaces", "diagrams"]
    assert [(row["field"], row["change"]) for row in diff["semantic_changes"]] == [
        ("title", "changed"), ("interfaces", "removed"),
    ]  # fmt: skip


def test_an_unknown_version_is_not_found(alice, made):
    refused = run(DIFF, alice, design_id=made["id"], from_version=1, to_version=9)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "to_version")


def test_the_schema_is_open_to_everybody_with_an_identity(mallory):
    schema = run(SCHEMA, mallory)["schema"]
    assert schema["schema_version"] == "2026-05-04"
    assert schema["allowed_values"]["diagram_format"] == ["excalidraw_json"]


def test_the_example_of_the_schema_is_valid(alice, spec):
    examples = run(SCHEMA, alice, board_id=str(spec.board_id))["schema"]["examples"]
    shop = {"id": "shop", "name": "Shop", "entity_type": "app"}
    parts = {"entities": [shop, examples["entity"]], "interfaces": [examples["interface"]],
             "diagrams": [examples["diagram"]]}  # fmt: skip
    assert _add(alice, spec, **parts)["success"]


@pytest.mark.parametrize("status", ["validated", "in_progress", "done"])
def test_a_locked_spec_takes_no_change_of_its_designs(alice, spec, made, status):
    type(spec).objects.filter(pk=spec.pk).update(status=status)
    refused = [_add(alice, spec), run(UPDATE, alice, design_id=made["id"], title="x"),
               run(DELETE, alice, design_id=made["id"]), run(VALIDATE, alice, design_id=made["id"])]  # fmt: skip
    assert [one["details"]["unmet"][0]["code"] for one in refused] == ["content_lock.locked"] * 4


@pytest.mark.parametrize("kind", ["ideation", "refinement"])
def test_plans_outside_draft_take_no_designs(alice, parents, kind):
    type(parents[kind]).objects.filter(pk=parents[kind].pk).update(status="review")
    assert _add(alice, parents[kind])["details"]["unmet"][0]["code"] == "editable.not_draft"


@pytest.mark.parametrize("kind", KINDS)
def test_an_archived_parent_takes_no_designs(alice, parents, kind):
    run("okto_pulse_archive_tree", alice, entity_type=kind, entity_id=str(parents[kind].pk))
    assert _add(alice, parents[kind])["details"]["unmet"][0]["code"] == "archived.archived"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", ["create", "read", "edit", "delete"])
def test_each_parent_asks_for_its_own_flag(board, alice, parents, kind, verb):
    made = _add(alice, parents[kind])["architecture_design"]["id"]
    flag = f"{kind}.architecture.{verb}"
    bob = make_member(board, "bob", overrides=[flag])
    calls = {
        "create": lambda: _add(bob, parents[kind]),
        "read": lambda: run(GET, bob, design_id=made),
        "edit": lambda: run(UPDATE, bob, design_id=made, title="x"),
        "delete": lambda: run(DELETE, bob, design_id=made),
    }
    assert calls[verb]()["details"]["required_permission"] == flag


@pytest.mark.parametrize("name", [GET, LIST])
def test_drawings_ask_for_a_flag_beside(board, spec, made, name):
    bob = make_member(board, "bob", overrides=["spec.architecture.render"])
    given = {"design_id": made["id"]} if name == GET else {"parent_type": "spec", "parent_id": str(spec.pk)}
    assert run(name, bob, **given)["success"]
    refused = run(name, bob, **given, include_payloads=True)
    assert refused["details"]["required_permission"] == "spec.architecture.render"


def test_designs_are_written_in_statuses_of_the_own_role_only(board, made):
    bob = make_member(board, "bob", overrides=["spec.interact_in.draft"])
    assert run(UPDATE, bob, design_id=made["id"], title="x")["details"]["reason"] == "interact_in_blocked"


def test_a_stranger_finds_no_design(mallory, spec, made):
    calls = [run(GET, mallory, design_id=made["id"]), run(UPDATE, mallory, design_id=made["id"], title="x"),
             run(DELETE, mallory, design_id=made["id"]), _add(mallory, spec),
             run(LIST, mallory, parent_type="spec", parent_id=str(spec.pk)),
             run(DIFF, mallory, design_id=made["id"], from_version=1, to_version=1)]  # fmt: skip
    assert {one["code"] for one in calls} == {"NOT_FOUND"}


def test_a_design_of_another_board_is_not_found_through_the_own_board(alice, board, operator):
    elsewhere = make_spec(make_board("Other"))
    foreign = _add(operator, elsewhere)["architecture_design"]["id"]
    refused = run(GET, alice, board_id=str(board.pk), design_id=foreign)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "design_id")


def test_an_unknown_parent_or_kind_is_refused(alice, board):
    given = {"board_id": str(board.pk), "parent_id": "S-9", "title": "T", "global_description": "D"}
    assert run(ADD, alice, **given, parent_type="spec")["details"]["field"] == "parent_id"
    assert run(ADD, alice, **given, parent_type="sprint")["code"] == "VALIDATION_ERROR"


def test_an_object_holds_a_limited_number_of_designs(alice, spec, made, monkeypatch):
    monkeypatch.setattr(designs, "MAX_DESIGNS", 1)
    refused = _add(alice, spec)
    assert (refused["code"], refused["details"]["limit"]) == ("LIMIT_EXCEEDED", 1)


@pytest.mark.parametrize("limit", ["MAX_PAYLOAD_BYTES", "MAX_DESIGN_BYTES"])
def test_drawings_have_a_limited_size(alice, spec, made, monkeypatch, limit):
    monkeypatch.setattr(payloads, limit, 50)
    refused = [_add(alice, spec), run(UPDATE, alice, design_id=made["id"], title="x")]
    assert [one["code"] for one in refused] == ["CONTENT_TOO_LARGE"] * 2


def test_changes_are_told_on_the_parent(alice, spec, made):
    run(UPDATE, alice, design_id=made["id"], title="New")
    run(DELETE, alice, design_id=made["id"])
    events = list(DomainEvent.objects.order_by("seq"))
    assert [event.type for event in events] == ["architecture.added", "architecture.updated", "architecture.deleted"]
    assert {(event.entity_id, event.payload["design_id"]) for event in events} == {(str(spec.pk), made["id"])}
    assert events[1].payload["changes"] == [{"field": "architecture.title", "old": "Payments", "new": "New"}]


def test_search_finds_a_design_by_the_names_of_its_parts(alice, made):
    from boards.models import SearchDocument

    found = SearchDocument.objects.get(kind="architecture")
    assert (found.object_id, "Billing" in found.body) == (made["id"], True)


def test_listing_takes_as_many_statements_for_many_designs_as_for_few(alice, board):
    counts = []
    for size in (3, 30):
        spec = make_spec(board)
        for _ in range(size):
            _add(alice, spec)
        with CaptureQueriesContext(connection) as seen:
            run(LIST, alice, parent_type="spec", parent_id=str(spec.pk), include_payloads=True)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 12
