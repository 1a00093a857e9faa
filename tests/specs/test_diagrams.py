"""Drawings of designs, one at a time."""

import hashlib
import json
from typing import Any

import pytest

from pulse_project.core.models import DomainEvent
from specs.architecture import payloads
from specs.models import DiagramPayload
from tests.boards.making import make_member, make_spec
from tests.conftest import run
from tests.specs.sprinting import design, drawing

IMPORT = "okto_pulse_import_excalidraw_architecture_diagram"
DUMP, PUT = "okto_pulse_dump_architecture_diagram", "okto_pulse_put_architecture_diagram_payload"
PLAIN = {"elements": [{"id": "x", "type": "text"}]}


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board)


@pytest.fixture
def made(alice: Any, spec: Any) -> str:
    answer = run("okto_pulse_add_architecture_design", alice, parent_type="spec", parent_id=str(spec.pk), **design())
    return str(answer["architecture_design"]["id"])


@pytest.mark.parametrize("payload", [PLAIN, json.dumps(PLAIN)])
def test_a_document_becomes_a_diagram(alice, made, payload):
    answer = run(IMPORT, alice, design_id=made, title="Second", payload_json=payload, diagram_type="sequence")
    drawn = answer["architecture_design"]["diagrams"][1]
    assert (drawn["title"], drawn["diagram_type"], drawn["format"]) == ("Second", "sequence", "excalidraw_json")
    assert DiagramPayload.objects.get(diagram_id=drawn["id"]).payload == PLAIN
    assert answer["architecture_design"]["version"] == 2


def test_a_document_takes_the_place_of_a_diagram(alice, made):
    answer = run(IMPORT, alice, design_id=made, title="New", payload_json=PLAIN, replace_diagram_id="over")
    assert [(row["id"], row["title"]) for row in answer["architecture_design"]["diagrams"]] == [("over", "New")]
    assert DiagramPayload.objects.get().payload == PLAIN


def test_a_diagram_to_replace_must_be_there(alice, made):
    refused = run(IMPORT, alice, design_id=made, title="New", payload_json=PLAIN, replace_diagram_id="gone")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "replace_diagram_id")


@pytest.mark.parametrize("payload", ["{", "[]", {"elements": {}}, {"elements": [{"type": "text"}]}])
def test_a_bad_document_is_refused(alice, made, payload):
    assert run(IMPORT, alice, design_id=made, title="New", payload_json=payload)["code"] == "VALIDATION_ERROR"


def test_a_document_that_is_too_large_is_refused(alice, made, monkeypatch):
    monkeypatch.setattr(payloads, "MAX_PAYLOAD_BYTES", 20)
    refused = [run(IMPORT, alice, design_id=made, title="New", payload_json=PLAIN),
               run(PUT, alice, design_id=made, diagram_id="over", payload=PLAIN)]  # fmt: skip
    assert [one["code"] for one in refused] == ["CONTENT_TOO_LARGE"] * 2


def test_a_drawing_is_replaced_alone(alice, made):
    answer = run(PUT, alice, design_id=made, diagram_id="over", payload=PLAIN, change_summary="Redrawn")
    (drawn,) = answer["architecture_design"]["diagrams"]
    assert (drawn["title"], drawn["diagram_type"]) == ("Overview", "container")
    assert DiagramPayload.objects.get().payload == PLAIN


def test_a_dump_is_the_canonical_text_of_the_drawing(alice, made):
    dump = run(DUMP, alice, design_id=made, diagram_id="over")
    assert (dump["payload"], json.loads(dump["dump"])) == (drawing(), drawing())
    assert dump["content_hash"] == hashlib.sha256(dump["dump"].encode()).hexdigest()


@pytest.mark.parametrize(("name", "more"), [(DUMP, {}), (PUT, {"payload": PLAIN})])
def test_a_diagram_that_is_not_there_is_not_found(alice, made, name, more):
    refused = run(name, alice, design_id=made, diagram_id="gone", **more)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "diagram_id")


CALLS = [
    (IMPORT, {"title": "New", "payload_json": PLAIN}, "import"),
    (PUT, {"diagram_id": "over", "payload": PLAIN}, "import"),
    (DUMP, {"diagram_id": "over"}, "render"),
]


@pytest.mark.parametrize(("name", "more", "verb"), CALLS)
def test_drawings_ask_for_their_flags(board, made, name, more, verb):
    bob = make_member(board, "bob", overrides=[f"spec.architecture.{verb}"])
    refused = run(name, bob, design_id=made, **more)
    assert (refused["code"], refused["details"]["required_permission"]) == (
        "PERMISSION_DENIED", f"spec.architecture.{verb}",
    )  # fmt: skip


@pytest.mark.parametrize(("name", "more", "verb"), CALLS)
def test_a_stranger_finds_no_drawing(mallory, made, name, more, verb):
    assert run(name, mallory, design_id=made, **more)["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("name", "more", "verb"), CALLS[:2])
def test_drawings_of_a_locked_spec_stay(alice, spec, made, name, more, verb):
    type(spec).objects.filter(pk=spec.pk).update(status="validated")
    assert run(name, alice, design_id=made, **more)["code"] == "GATE_BLOCKED"


@pytest.mark.parametrize(("name", "more", "verb"), CALLS[:2])
def test_a_drawing_of_an_old_revision_is_refused(alice, made, name, more, verb):
    assert run(name, alice, design_id=made, **more, expected_version=4)["code"] == "VERSION_CONFLICT"


def test_an_import_is_one_event(alice, made):
    run(IMPORT, alice, design_id=made, title="Second", payload_json=PLAIN)
    event = DomainEvent.objects.get(type="architecture.updated")
    assert (event.payload["design_id"], event.payload["design_version"]) == (made, 2)
