"""Specs: making, changing and deleting them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field, model_validator

from boards.call import BoardCall, any_of, check_revision
from boards.inputs import (
    NO_NUMBER,
    ExpectedVersion,
    Id,
    Labels,
    MaybeId,
    NewFlag,
    NewLabels,
    NewPerson,
    NewText,
    NewTitle,
    OnBoard,
    OnObject,
    Text,
    Title,
    changes_of,
)
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import locks, spec_editing, states
from specs.catalog import specs
from specs.families.items import INTERACT
from specs.item_inputs import ItemList, NewItemList
from specs.item_lists import LISTS, ItemChange, replace
from specs.making import make_spec
from specs.models import Ideation, Refinement, Spec
from specs.queries import spec_documents
from specs.queries.content import SpecContent, content_of
from specs.queries.specs import FOREIGN, SpecRow, whole_row_of

__all__ = ["create_spec", "delete_spec", "spec_documents", "update_spec"]
NewScore = Annotated[
    int | None, NO_NUMBER, Field(ge=0, le=100, description="0 to 100; -1 = not given, null = inherit.")
]
OUT = tuple(f"spec.{name}" for name in FOREIGN)


class SpecAnswer(TypedDict):
    success: bool
    spec: SpecRow


class UpdatedSpec(SpecAnswer):
    """`changes` names every requirement and criterion whose text, place or links changed."""

    changes: list[ItemChange]


def spec_of(answer: Mapping[str, Any]) -> SpecRow:
    spec: SpecRow = answer["spec"]
    return spec


class NewSpec(OnBoard):
    title: Title
    description: Text = ""
    context: Text = ""
    functional_requirements: ItemList = Field(default=[])
    technical_requirements: ItemList = Field(default=[])
    acceptance_criteria: ItemList = Field(default=[])
    status: Literal["draft", ""] = Field("draft", description="A spec begins in draft.")
    assignee_id: Annotated[str, Field(max_length=160)] = ""
    labels: Labels = Field(default=[])
    ideation_id: MaybeId = ""
    refinement_id: MaybeId = ""


@specs.operation(
    needs="spec.entity.create",
    writes=True,
    rest=Route("POST boards/<str:board_id>/specs", view=spec_of, status=201),
    untrusted=OUT,
)
def create_spec(call: BoardCall, data: NewSpec) -> SpecAnswer:
    """Make a spec in draft, with its first requirements and criteria.

    An ideation or refinement that is named is kept as its origin; nothing is copied from it.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, LIMIT_EXCEEDED, GATE_BLOCKED (archived).
    Event: spec.created.
    """
    ideation, refinement = _origin(call, data)

    def fill(content: SpecContent) -> None:
        for name, kind in LISTS.items():
            replace(call, content, kind, getattr(data, name))

    spec = make_spec(
        call,
        title=data.title,
        description=data.description,
        context=data.context,
        labels=data.labels,
        assignee_id=data.assignee_id,
        ideation=ideation,
        refinement=refinement,
        source="derived_refinement" if refinement else "derived_ideation" if ideation else "manual",
        fill=fill,
    )
    return {"success": True, "spec": whole_row_of(content_of(spec))}


def _origin(call: BoardCall, data: NewSpec) -> tuple[Ideation | None, Refinement | None]:
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id") if data.ideation_id else None
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id") if data.refinement_id else None
    if ideation and refinement and refinement.ideation_id != ideation.pk:
        raise Failure(
            Code.VALIDATION_ERROR, "refinement_id is a refinement of another ideation. Name one of the two.",
            field="refinement_id",
        )  # fmt: skip
    for origin in (ideation, refinement):
        if origin is not None:
            locks.demand_live(call, origin, "okto_pulse_create_spec")
    return ideation, refinement


class SpecChange(OnObject):
    spec_id: Id
    title: NewTitle = ""
    description: NewText = None
    context: NewText = None
    functional_requirements: NewItemList = Field(default=[])
    technical_requirements: NewItemList = Field(default=[])
    acceptance_criteria: NewItemList = Field(default=[])
    assignee_id: NewPerson = None
    labels: NewLabels = None
    skip_test_coverage: NewFlag = None
    skip_rules_coverage: NewFlag = None
    skip_trs_coverage: NewFlag = None
    skip_contract_coverage: NewFlag = None
    skip_decisions_coverage: NewFlag = None
    skip_qualitative_validation: NewFlag = None
    validation_threshold: NewScore = None
    require_task_validation: NewFlag = None
    validation_min_confidence: NewScore = None
    validation_min_completeness: NewScore = None
    validation_max_drift: NewScore = None
    expected_version: ExpectedVersion = None

    @model_validator(mode="before")
    @classmethod
    def _point_elsewhere(cls, given: Any) -> Any:
        """What has operations of its own is refused with their names."""
        if isinstance(given, Mapping):
            states.no_status(given, "spec")
            for name, operations in spec_editing.ELSEWHERE.items():
                if name in given:
                    raise Failure(
                        Code.VALIDATION_ERROR, f"{name} is changed item by item: {operations}.", field=name
                    )  # fmt: skip
        return given


@specs.operation(
    needs=any_of(*spec_editing.FLAGS),
    may_need=INTERACT,
    writes=True,
    rest=Route("PATCH specs/<str:spec_id>", view=spec_of),
    untrusted=OUT,
)
def update_spec(call: BoardCall, data: SpecChange) -> UpdatedSpec:
    """Change a spec. What is left out or "" stays, null empties; a list replaces the whole list.

    An item of a list keeps its id and links when it is sent as {id, text}, with its old text, or in its old place of a
    list of the same length (it is then reworded). An item that others link to is never dropped: unlink it first.
    Texts and lists need spec.entity.edit_fields and are closed while the spec is locked; assignee_id needs assign,
    labels need label, switches and thresholds edit_coverage_flags, and those stay open. A new text or list raises
    `version`; every change raises `revision`.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT, LIMIT_EXCEEDED.
    Event: spec.updated; requirement.added, requirement.reworded, requirement.linked, requirement.removed for items.
    """
    spec = call.entity(Spec, data.spec_id, "spec_id", lock=True)
    wanted = changes_of(data, spec_editing.FIELDS)
    spec_editing.demand(call, spec, wanted, "okto_pulse_update_spec")
    check_revision(data.expected_version, spec.revision, "spec")
    content = content_of(spec)
    changes = spec_editing.apply(call, content, wanted)
    return {"success": True, "spec": whole_row_of(content), "changes": [change.wire() for change in changes]}


class OneSpec(OnObject):
    spec_id: Id
    expected_version: ExpectedVersion = None


class Deleted(TypedDict):
    success: bool


@specs.operation(
    needs="spec.entity.delete",
    may_need=INTERACT,
    writes=True,
    destructive=True,
    rest="DELETE specs/<str:spec_id>",
)
def delete_spec(call: BoardCall, data: OneSpec) -> Deleted:
    """Delete a spec for good, with its items and sprints. Its cards stay, without a spec.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: spec.deleted.
    """
    spec = call.entity(Spec, data.spec_id, "spec_id")
    for held in (spec.sprints, spec.cards):  # what changes with the spec is locked before it, as everywhere
        list(held.select_for_update().order_by("pk").values_list("pk"))
    spec = call.entity(Spec, data.spec_id, "spec_id", lock=True)
    call.demand_in(spec)
    locks.demand_live(call, spec, "okto_pulse_delete_spec")
    check_revision(data.expected_version, spec.revision, "spec")
    cards = [str(pk) for pk in spec.cards.order_by("number").values_list("pk", flat=True)]
    sprints = [str(pk) for pk in spec.sprints.order_by("number").values_list("pk", flat=True)]
    call.tell("spec.deleted", spec, card_ids=cards, sprint_ids=sprints)
    spec.delete()
    return {"success": True}
