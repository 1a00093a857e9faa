"""Changing architecture designs: adding one, making the next version of one, deleting one."""

from typing import Literal, TypedDict

from boards.call import BoardCall, check_revision
from boards.inputs import ExpectedVersion, Id, NewText, NewTitle, OnObject, RequiredText, Text, Title, changes_of
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import locks
from specs.architecture import designs
from specs.architecture.parents import ParentType, flag, lock_design, parent_at, writing
from specs.architecture.validation import demand_valid
from specs.architecture.versions import PARTS
from specs.catalog import specs
from specs.operations.architecture import DesignAnswer, Parts, design_alone, laid_over, on_parents
from specs.queries.architecture import design_of


class AddDesign(OnObject):
    parent_type: ParentType
    parent_id: Id
    title: Title
    global_description: RequiredText
    entities: Parts = None
    interfaces: Parts = None
    diagrams: Parts = None


@specs.operation(
    needs=None,
    may_need=writing("create"),
    writes=True,
    rest=on_parents("POST", status=201, view=design_alone),
    untrusted=("architecture_design",),
)
def add_architecture_design(call: BoardCall, data: AddDesign) -> DesignAnswer:
    """Add a design to an ideation, refinement, spec or card. get_architecture_design_schema tells what a part holds.

    Gates: archived, content_lock (specs), editable (ideations, refinements).
    Errors: VALIDATION_ERROR (each of details.issues names its path), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    LIMIT_EXCEEDED, CONTENT_TOO_LARGE.
    Event: architecture.added.
    """
    parent = parent_at(call, data.parent_type, data.parent_id, lock=True)
    call.demand_in(parent, flag(parent, "create"))
    locks.demand_editable(call, parent, "okto_pulse_add_architecture_design")
    draft = demand_valid({part: getattr(data, part) for part in PARTS}, {})
    design = designs.add(call, parent, draft)
    designs.tell(call, "added", parent, design)
    return {"success": True, "architecture_design": design_of(design)}


class UpdateDesign(OnObject):
    design_id: Id
    title: NewTitle = ""
    global_description: NewText = None
    entities: Parts = None
    interfaces: Parts = None
    diagrams: Parts = None
    change_summary: Text = ""
    expected_version: ExpectedVersion = None


@specs.operation(
    needs=None,
    may_need=writing("edit"),
    writes=True,
    rest=Route("PATCH architecture/<str:design_id>", view=design_alone),
    untrusted=("architecture_design",),
)
def update_architecture_design(call: BoardCall, data: UpdateDesign) -> DesignAnswer:
    """Make the next version of a design.

    A list that is given replaces the whole; a diagram that keeps its id keeps its drawing unless another is sent.
    `change_summary` alone makes a version too.

    Gates: archived, content_lock (specs), editable (ideations, refinements).
    Errors: VALIDATION_ERROR (each of details.issues names its path), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    VERSION_CONFLICT, CONTENT_TOO_LARGE.
    Event: architecture.updated.
    """
    design, parent = lock_design(call, data.design_id, "edit")
    locks.demand_editable(call, parent, "okto_pulse_update_architecture_design")
    check_revision(data.expected_version, design.revision, "design")
    if not data.change_summary and not changes_of(data, PARTS):
        raise Failure(Code.VALIDATION_ERROR, "Nothing to change. Send a part, or a change_summary.", field="title")
    draft = demand_valid(laid_over(design, data), designs.stored_payloads(design))
    designs.renew(call, design, parent, draft, data.change_summary)
    return {"success": True, "architecture_design": design_of(design)}


class DeleteDesign(OnObject):
    design_id: Id
    expected_version: ExpectedVersion = None


class Done(TypedDict):
    success: Literal[True]


@specs.operation(
    needs=None,
    may_need=writing("delete"),
    writes=True,
    destructive=True,
    rest="DELETE architecture/<str:design_id>",
)
def delete_architecture_design(call: BoardCall, data: DeleteDesign) -> Done:
    """Delete a design with its versions and drawings. Copies of it stay.

    Gates: archived, content_lock (specs), editable (ideations, refinements).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: architecture.deleted.
    """
    design, parent = lock_design(call, data.design_id, "delete")
    locks.demand_editable(call, parent, "okto_pulse_delete_architecture_design")
    check_revision(data.expected_version, design.revision, "design")
    designs.tell(call, "deleted", parent, design)
    design.delete()
    return {"success": True}
