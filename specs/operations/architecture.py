"""Architecture designs: reading, writing, and a critique that stores nothing."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import (
    UNCHANGED,
    BoardId,
    BoardInput,
    Id,
    Json,
    MaybeId,
    OnObject,
    Text,
    changes_of,
)
from boards.paging import Following, Paged, as_result, page_of
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from pulse_project.core.principals import IDENTITY, Caller
from specs import locks
from specs.architecture import designs, payloads, versions
from specs.architecture.findings import Finding, SuggestedFix
from specs.architecture.parents import ParentType, design_at, flag, flags, parent_at
from specs.architecture.schema import SCHEMA
from specs.architecture.validation import critique
from specs.architecture.versions import PARTS, DesignDiff
from specs.catalog import people, specs
from specs.models import ArchitectureDesign
from specs.queries.architecture import (
    OLDEST_FIRST,
    DesignOut,
    DesignSummary,
    design_of,
    designs_of,
    payloads_of,
    summary_of,
)

COLLECTIONS = {"ideation": "ideations", "refinement": "refinements", "spec": "specs", "card": "cards"}
_OBJECTS = {"anyOf": [{"type": "array", "items": {"type": "object"}}, {"type": "string"}, {"type": "null"}]}
Parts = Annotated[
    Json, UNCHANGED, Field(json_schema_extra=_OBJECTS, description='Objects, or JSON text of them; "" = not given.')
]
WithPayloads = Annotated[bool, Field(description="Answer the drawings too.")]


def on_parents(verb: str, **options: Any) -> list[Route]:
    """The addresses of the designs of an object, which tell its kind."""
    return [
        Route(f"{verb} {plural}/<str:parent_id>/architecture", coerce=_of_kind(kind), **options)
        for kind, plural in COLLECTIONS.items()
    ]


def _of_kind(kind: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {**given, "parent_type": kind}


def design_alone(answer: Any) -> Any:
    return answer["architecture_design"]


class DesignAnswer(TypedDict):
    success: Literal[True]
    architecture_design: DesignOut


class DesignList(Following):
    success: Literal[True]
    architecture_designs: list[DesignSummary] | list[DesignOut]


class ListDesigns(Paged, OnObject):
    parent_type: ParentType
    parent_id: Id
    include_payloads: WithPayloads = False


@specs.operation(
    needs=None,
    may_need=flags("read", "render"),
    rest=on_parents("GET", view=as_result("architecture_designs")),
    untrusted=("architecture_designs",),
)
def list_architecture_designs(call: BoardCall, data: ListDesigns) -> DesignList:
    """The designs of an ideation, refinement, spec or card, oldest first: summaries, or everything with the drawings.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, CONTENT_TOO_LARGE.
    """
    parent = parent_at(call, data.parent_type, data.parent_id)
    call.demand(flag(parent, "read"))
    if data.include_payloads:
        call.demand(flag(parent, "render"))
    found, cursor = page_of(designs_of([parent.pk]), OLDEST_FIRST, data)
    rows = _whole(found) if data.include_payloads else [summary_of(design) for design in found]
    return {"success": True, "architecture_designs": rows, "next_cursor": cursor}


def _whole(designs: Sequence[ArchitectureDesign]) -> list[DesignOut]:
    """Designs with their drawings. Errors: CONTENT_TOO_LARGE."""
    payloads.demand_readable(designs)
    drawings = payloads_of(designs)
    return [design_of(design, drawings[design.pk]) for design in designs]


class GetDesign(OnObject):
    design_id: Id
    include_payloads: WithPayloads = False


@specs.operation(
    needs=None,
    may_need=flags("read", "render"),
    rest=Route("GET architecture/<str:design_id>", view=design_alone),
    untrusted=("architecture_design",),
)
def get_architecture_design(call: BoardCall, data: GetDesign) -> DesignAnswer:
    """One design with its entities, interfaces and diagrams, and its drawings if asked for.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    design = design_at(call, data.design_id, "read", *(["render"] if data.include_payloads else []))
    drawings = payloads_of([design])[design.pk] if data.include_payloads else None
    return {"success": True, "architecture_design": design_of(design, drawings)}


class SchemaOf(BoardInput):
    board_id: BoardId | Literal[""] = ""


class SchemaAnswer(TypedDict):
    success: Literal[True]
    schema: dict[str, Any]


@specs.catalog.operation(needs=IDENTITY, rest="GET architecture/schema")
def get_architecture_design_schema(caller: Caller, data: SchemaOf) -> SchemaAnswer:
    """The authoring contract of designs: keys, allowed values, rules, limits and an example of each part.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED.
    """
    return {"success": True, "schema": SCHEMA}


class ValidateDesign(OnObject):
    parent_type: ParentType | Literal[""] = ""
    parent_id: MaybeId = ""
    design_id: MaybeId = ""
    title: Annotated[Text, UNCHANGED] = ""
    global_description: Annotated[Text, UNCHANGED] = ""
    entities: Parts = None
    interfaces: Parts = None
    diagrams: Parts = None


class CritiqueSummary(TypedDict):
    """How many parts the design would have, and how many remarks there are."""

    entities: int
    interfaces: int
    diagrams: int
    issues: int
    warnings: int


class Critique(TypedDict):
    """`valid`: nothing blocks. `path` of a remark leads into what was sent: `$.entities[0].name`."""

    success: Literal[True]
    mode: Literal["create", "update"]
    valid: bool
    issues: list[Finding]
    warnings: list[Finding]
    suggested_fixes: list[SuggestedFix]
    summary: CritiqueSummary


@specs.operation(needs=None, may_need=flags("create", "edit"), rest="POST architecture/validate")
def validate_architecture_design_payload(call: BoardCall, data: ValidateDesign) -> Critique:
    """What would block a design and what would make it better. Stores nothing.

    With `design_id` the arguments are laid over that design, else `parent_type` and `parent_id` say where it would be.

    Gates: archived, content_lock (specs), editable (ideations, refinements).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    """
    if data.design_id:
        design = design_at(call, data.design_id, "edit")
        parent = parent_at(call, design.entity.kind, str(design.entity_id))
        given, stored = laid_over(design, data), designs.stored_payloads(design)
    elif data.parent_type and data.parent_id:
        parent = parent_at(call, data.parent_type, data.parent_id)
        call.demand(flag(parent, "create"))
        given, stored = {part: getattr(data, part) for part in PARTS}, {}
    else:
        raise Failure(
            Code.VALIDATION_ERROR, "Send design_id, or parent_type with parent_id.", field="parent_id"
        )  # fmt: skip
    locks.demand_editable(call, parent, "okto_pulse_validate_architecture_design_payload")
    draft, findings = critique(given, stored)
    return {
        "success": True,
        "mode": "update" if data.design_id else "create",
        "valid": not findings.issues,
        "issues": findings.issues,
        "warnings": findings.warnings,
        "suggested_fixes": findings.suggested_fixes,
        "summary": {
            "entities": len(draft.entities),
            "interfaces": len(draft.interfaces),
            "diagrams": len(draft.diagrams),
            "issues": len(findings.issues),
            "warnings": len(findings.warnings),
        },
    }


def laid_over(design: ArchitectureDesign, data: BoardInput) -> dict[str, Any]:
    """The parts of a design with those that a call gives in their place."""
    return {part: getattr(design, part) for part in PARTS} | {
        part: "" if value is None and part == "global_description" else value
        for part, value in changes_of(data, PARTS).items()
    }


class DiffDesign(OnObject):
    design_id: Id
    from_version: Annotated[int, Field(ge=1)]
    to_version: Annotated[int, Field(ge=1)]


@people.operation(
    needs=None,
    may_need=flags("read"),
    rest="GET architecture/<str:design_id>/diff",
    untrusted=("semantic_changes", "layout_changes"),
)
def diff_architecture_design(call: BoardCall, data: DiffDesign) -> DesignDiff:
    """What changed between two versions of a design: its meaning, and the layout of its diagrams.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return versions.diff(design_at(call, data.design_id, "read"), data.from_version, data.to_version)
