"""Making, changing, judging and deleting ideations."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field, model_validator

from boards.call import BoardCall, any_of, check_revision, work_in
from boards.creation import create
from boards.inputs import (
    UNCHANGED,
    ExpectedVersion,
    Id,
    Labels,
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
from specs import locks, plan_editing, states
from specs.catalog import specs
from specs.models import Ideation
from specs.plan_editing import Editable
from specs.queries.ideations import TEXTS, IdeationRow, row_of
from specs.scope_assessment import SCORES, Assessment, complexity_of, given_in

UPDATE, DELETE, EVALUATE = (f"okto_pulse_{verb}_ideation" for verb in ("update", "delete", "evaluate"))
WORK = work_in("ideation")
FOREIGN = tuple(f"ideation.{name}" for name in TEXTS)
EDITABLE = Editable(
    kind="ideation",
    empty={
        "description": "",
        "problem_statement": "",
        "proposed_approach": "",
        "scope_assessment": None,
        "assignee_id": "",
        "labels": [],
    },
    meaning={"description", "problem_statement", "proposed_approach", "scope_assessment"},
)


class IdeationAnswer(TypedDict):
    success: Literal[True]
    ideation: IdeationRow


def ideation_alone(answer: Mapping[str, Any]) -> Any:
    return answer["ideation"]


class NewIdeation(OnBoard):
    title: Title
    description: Text = ""
    problem_statement: Text = ""
    proposed_approach: Text = ""
    assignee_id: Annotated[str, Field(max_length=160)] = ""
    labels: Labels = Field(default=[])


@specs.operation(
    needs="ideation.entity.create",
    writes=True,
    rest=Route("POST boards/<str:board_id>/ideations", view=ideation_alone, status=201),
    untrusted=FOREIGN,
)
def create_ideation(call: BoardCall, data: NewIdeation) -> IdeationAnswer:
    """Make an ideation in draft: a problem, and how it might be solved.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: ideation.created.
    """
    ideation = create(
        call,
        Ideation,
        "ideation",
        title=data.title,
        status="draft",
        description=data.description,
        problem_statement=data.problem_statement,
        proposed_approach=data.proposed_approach,
        assignee_id=data.assignee_id,
        labels=data.labels,
    )
    call.tell("ideation.created", ideation)
    return {"success": True, "ideation": row_of(ideation)}


class IdeationChange(OnObject):
    ideation_id: Id
    title: NewTitle = ""
    description: NewText = None
    problem_statement: NewText = None
    proposed_approach: NewText = None
    scope_assessment: Annotated[
        Assessment | None, UNCHANGED, Field(description="Replaces the assessment and its complexity; null = none.")
    ] = None
    assignee_id: NewPerson = None
    labels: NewLabels = None
    expected_version: ExpectedVersion = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_status(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            states.no_status(given, "ideation")
        return given


@specs.operation(
    needs=any_of(*EDITABLE.flags),
    may_need=WORK,
    writes=True,
    rest=Route("PATCH ideations/<str:ideation_id>", view=ideation_alone),
    untrusted=FOREIGN,
)
def update_ideation(call: BoardCall, data: IdeationChange) -> IdeationAnswer:
    """Change an ideation. What is left out or "" stays, null empties.

    Texts and scope need ideation.entity.edit_fields and are open in draft only; assignee_id needs assign and labels
    need label, in any status. New texts and a new scope raise `version`; every change raises `revision`.

    Gates: archived, editable.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: ideation.updated.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id", lock=True)
    wanted = changes_of(data, EDITABLE.fields)
    plan_editing.demand(call, ideation, EDITABLE, wanted, UPDATE)
    check_revision(data.expected_version, ideation.revision, "ideation")
    if "scope_assessment" in wanted:
        wanted["scope_assessment"] = given_in(data.scope_assessment) if data.scope_assessment else None
        wanted["complexity"] = complexity_of(wanted["scope_assessment"])
    plan_editing.apply(call, ideation, EDITABLE, wanted)
    return {"success": True, "ideation": row_of(ideation)}


class EvaluateIdeation(OnObject, Assessment):
    ideation_id: Id
    expected_version: ExpectedVersion = None


class EvaluatedIdeation(TypedDict):
    """`complexity` is small, medium or large."""

    success: Literal[True]
    ideation_id: str
    scope_assessment: dict[str, Any]
    complexity: str
    revision: int


@specs.operation(
    needs="ideation.entity.evaluate",
    writes=True,
    rest="POST ideations/<str:ideation_id>/evaluate",
    untrusted=("scope_assessment",),
)
def evaluate_ideation(call: BoardCall, data: EvaluateIdeation) -> EvaluatedIdeation:
    """Score the scope of an ideation in evaluating, and derive its complexity.

    Scores go from 1 (small) to 5 and are merged into those that are there. Any of 3 or more makes it large, any of 2
    medium, all else small; a score that is missing counts as 1.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION (details.status, details.accepted_in),
    GATE_BLOCKED, VERSION_CONFLICT.
    Event: ideation.complexity_evaluated.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id", lock=True)
    locks.demand_live(call, ideation, EVALUATE)
    _demand_evaluating(ideation)
    check_revision(data.expected_version, ideation.revision, "ideation")
    before = {"scope_assessment": ideation.scope_assessment, "complexity": ideation.complexity}
    assessment = _merged(ideation, data)
    ideation.scope_assessment, ideation.complexity = assessment, complexity_of(assessment)
    call.save(ideation, *before)
    call.tell(
        "ideation.complexity_evaluated",
        ideation,
        changes=[{"field": name, "old": old, "new": getattr(ideation, name)} for name, old in before.items()],
    )
    return {
        "success": True,
        "ideation_id": str(ideation.pk),
        "scope_assessment": assessment,
        "complexity": ideation.complexity,
        "revision": ideation.revision,
    }


def _merged(ideation: Ideation, data: Assessment) -> dict[str, Any]:
    """The stored scores with the new ones. Errors: VALIDATION_ERROR when there is none at all."""
    assessment = {**(ideation.scope_assessment or {}), **given_in(data)}
    if not any(name in assessment for name in SCORES):
        raise Failure(Code.VALIDATION_ERROR, f"Give at least one score: {', '.join(SCORES)}.", field=SCORES[0])
    return assessment


def _demand_evaluating(ideation: Ideation) -> None:
    if ideation.status != "evaluating":
        raise Failure(
            Code.INVALID_TRANSITION,
            f"{ideation.ref} is in {ideation.status}; its scope is scored in evaluating.",
            status=ideation.status,
            accepted_in=["evaluating"],
        )


class OneIdeation(OnObject):
    ideation_id: Id
    expected_version: ExpectedVersion = None


class Deleted(TypedDict):
    success: Literal[True]


@specs.operation(
    needs="ideation.entity.delete",
    may_need=WORK,
    writes=True,
    destructive=True,
    rest="DELETE ideations/<str:ideation_id>",
)
def delete_ideation(call: BoardCall, data: OneIdeation) -> Deleted:
    """Delete an ideation for good, with its refinements and all that hangs on them. Specs made from them stay.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: ideation.deleted, refinement.deleted.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id", lock=True)
    call.demand_in(ideation)
    locks.demand_live(call, ideation, DELETE)
    check_revision(data.expected_version, ideation.revision, "ideation")
    refinements = list(ideation.refinements.order_by("number"))
    for refinement in refinements:
        call.tell("refinement.deleted", refinement, ideation_id=str(ideation.pk))
    call.tell("ideation.deleted", ideation, refinement_ids=[str(refinement.pk) for refinement in refinements])
    ideation.delete()
    return {"success": True}
