"""The drawings of a design, one at a time: importing, replacing, reading."""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision
from boards.inputs import ExpectedVersion, Id, Json, MaybeId, OnObject, Text, Title
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import locks
from specs.architecture import designs
from specs.architecture.parents import design_at, flags, lock_design, writing
from specs.architecture.payloads import FORMAT, canonical
from specs.architecture.validation import demand_valid
from specs.architecture.versions import PARTS
from specs.catalog import people, specs
from specs.models import ArchitectureDesign, DiagramPayload
from specs.operations.architecture import DesignAnswer, design_alone
from specs.queries.architecture import design_of

DiagramType = Literal["context", "container", "component", "sequence", "deployment", "data_flow", "other"]
DiagramId = Annotated[str, Field(min_length=1, max_length=80)]
_DOCUMENT = {"anyOf": [{"type": "object"}, {"type": "string"}]}
Document = Annotated[
    Json,
    Field(json_schema_extra=_DOCUMENT, description="Excalidraw document with a list `elements`, or its JSON text."),
]


class ImportDiagram(OnObject):
    design_id: Id
    title: Title
    payload_json: Document
    diagram_type: DiagramType = "other"
    replace_diagram_id: MaybeId = ""
    description: Text = ""
    order_index: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    change_summary: Text = ""
    expected_version: ExpectedVersion = None


@specs.operation(
    needs=None,
    may_need=writing("import"),
    writes=True,
    rest=Route("POST architecture/<str:design_id>/diagrams/import-excalidraw", view=design_alone),
    untrusted=("architecture_design",),
)
def import_excalidraw_architecture_diagram(call: BoardCall, data: ImportDiagram) -> DesignAnswer:
    """Add an Excalidraw document to a design as a diagram, or put it in the place of one, which keeps its id.

    Gates: archived, content_lock (specs), editable (ideations, refinements).
    Errors: VALIDATION_ERROR (each of details.issues names its path), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    VERSION_CONFLICT, CONTENT_TOO_LARGE.
    Event: architecture.updated.
    """
    design, parent = lock_design(call, data.design_id, "import")
    locks.demand_editable(call, parent, "okto_pulse_import_excalidraw_architecture_diagram")
    check_revision(data.expected_version, design.revision, "design")
    imported = {
        "title": data.title,
        "diagram_type": data.diagram_type,
        "format": FORMAT,
        "description": data.description,
        "order_index": data.order_index,
        "adapter_payload": data.payload_json,
    }
    diagrams = list(design.diagrams)
    if data.replace_diagram_id:
        place = _place_of(design, data.replace_diagram_id, "replace_diagram_id")
        diagrams[place] = {**imported, "id": data.replace_diagram_id}
    else:
        diagrams.append(imported)
    _redraw(call, design, parent, diagrams, data.change_summary)
    return {"success": True, "architecture_design": design_of(design)}


class PutPayload(OnObject):
    design_id: Id
    diagram_id: DiagramId
    payload: Document
    change_summary: Text = ""
    expected_version: ExpectedVersion = None


@people.operation(
    needs=None,
    may_need=writing("import"),
    writes=True,
    idempotent=True,
    rest=Route("PUT architecture/<str:design_id>/diagrams/<str:diagram_id>/payload", view=design_alone),
    untrusted=("architecture_design",),
)
def put_architecture_diagram_payload(call: BoardCall, data: PutPayload) -> DesignAnswer:
    """Put a drawing in the place of a diagram's own; everything else of the diagram stays.

    Gates: archived, content_lock (specs), editable (ideations, refinements).
    Errors: VALIDATION_ERROR (each of details.issues names its path), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    VERSION_CONFLICT, CONTENT_TOO_LARGE.
    Event: architecture.updated.
    """
    design, parent = lock_design(call, data.design_id, "import")
    locks.demand_editable(call, parent, "okto_pulse_put_architecture_diagram_payload")
    check_revision(data.expected_version, design.revision, "design")
    diagrams = list(design.diagrams)
    place = _place_of(design, data.diagram_id, "diagram_id")
    diagrams[place] = {**diagrams[place], "adapter_payload": data.payload}
    _redraw(call, design, parent, diagrams, data.change_summary)
    return {"success": True, "architecture_design": design_of(design)}


def _place_of(design: ArchitectureDesign, diagram_id: str, field: str) -> int:
    for place, diagram in enumerate(design.diagrams):
        if diagram["id"] == diagram_id:
            return place
    raise Failure(Code.NOT_FOUND, "The design has no such diagram.", field=field)


def _redraw(call: BoardCall, design: ArchitectureDesign, parent: Any, diagrams: list[Any], summary: str) -> None:
    given = {part: getattr(design, part) for part in PARTS} | {"diagrams": diagrams}
    draft = demand_valid(given, designs.stored_payloads(design))
    designs.renew(call, design, parent, draft, summary)


class DumpDiagram(OnObject):
    design_id: Id
    diagram_id: DiagramId


class DiagramDump(TypedDict):
    """A drawing as an object and as canonical JSON text, whose SHA-256 is `content_hash`."""

    success: Literal[True]
    design_id: str
    diagram_id: str
    format: str
    payload: Any
    dump: str
    content_hash: str
    size_bytes: int


@specs.operation(
    needs=None,
    may_need=flags("render"),
    rest="GET architecture/<str:design_id>/diagrams/<str:diagram_id>/payload",
    untrusted=("payload", "dump"),
)
def dump_architecture_diagram(call: BoardCall, data: DumpDiagram) -> DiagramDump:
    """The drawing of one diagram.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    design = design_at(call, data.design_id, "render")
    row = DiagramPayload.objects.filter(design=design, diagram_id=data.diagram_id).first()
    if row is None:
        raise Failure(Code.NOT_FOUND, "The design has no such diagram.", field="diagram_id")
    return {
        "success": True,
        "design_id": str(design.pk),
        "diagram_id": row.diagram_id,
        "format": row.format,
        "payload": row.payload,
        "dump": canonical(row.payload),
        "content_hash": row.content_hash,
        "size_bytes": row.size_bytes,
    }
