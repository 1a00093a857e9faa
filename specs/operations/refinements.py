"""Making, changing and deleting refinements."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field, model_validator

from boards.call import BoardCall, any_of, check_revision, work_in
from boards.creation import create
from boards.inputs import (
    ExpectedVersion,
    Id,
    Labels,
    NewLabels,
    NewPerson,
    NewText,
    NewTitle,
    NewValues,
    OnObject,
    Text,
    Title,
    Values,
    changes_of,
)
from pulse_project.core.operations import Route
from specs import gates, locks, plan_editing, states
from specs.catalog import specs
from specs.derived_text import refinement_description
from specs.gates import ideation as _gates  # noqa: F401 - declares what a refinement asks of its ideation
from specs.models import Ideation, Refinement
from specs.plan_editing import Editable
from specs.propagation import Copied, Propagation, answered_questions, copy_down
from specs.queries.refinements import TEXTS, RefinementRow, row_of

CREATE, UPDATE, DELETE = (f"okto_pulse_{verb}_refinement" for verb in ("create", "update", "delete"))
WORK = work_in("refinement")
FOREIGN = tuple(f"refinement.{name}" for name in TEXTS)
EDITABLE = Editable(
    kind="refinement",
    empty={
        "description": "",
        "in_scope": [],
        "out_of_scope": [],
        "analysis": "",
        "decisions": [],
        "assignee_id": "",
        "labels": [],
    },
    meaning={"description", "in_scope", "out_of_scope", "analysis", "decisions"},
)


class RefinementAnswer(TypedDict):
    success: Literal[True]
    refinement: RefinementRow


class NewRefinementAnswer(RefinementAnswer):
    """`copied` counts what came down from the ideation."""

    copied: Copied


def refinement_alone(answer: Mapping[str, Any]) -> Any:
    return answer["refinement"]


class NewRefinement(OnObject, Propagation):
    ideation_id: Id
    title: Title
    description: Text = Field("", description="Empty = composed from the ideation and its answered questions.")
    in_scope: Values = Field(default=[])
    out_of_scope: Values = Field(default=[])
    analysis: Text = ""
    decisions: Values = Field(default=[])
    assignee_id: Annotated[str, Field(max_length=160)] = ""
    labels: Labels = Field(default=[], description="Empty = those of the ideation.")


@specs.operation(
    needs="refinement.entity.create",
    writes=True,
    rest=Route("POST ideations/<str:ideation_id>/refinements", view=refinement_alone, status=201),
    untrusted=FOREIGN,
)
def create_refinement(call: BoardCall, data: NewRefinement) -> NewRefinementAnswer:
    """Cut a refinement out of a done ideation. Mockups, knowledge, answered questions and designs come with it.

    Gates: archived, source_done.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: refinement.created.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id", lock=True)
    locks.demand_live(call, ideation, CREATE)
    gates.demand(call, CREATE, ["source_done"], ideation)
    refinement = create(
        call,
        Refinement,
        "refinement",
        ideation=ideation,
        title=data.title,
        status="draft",
        description=data.description or refinement_description(ideation, answered_questions(ideation)),
        in_scope=data.in_scope,
        out_of_scope=data.out_of_scope,
        analysis=data.analysis,
        decisions=data.decisions,
        assignee_id=data.assignee_id,
        labels=data.labels or ideation.labels,
    )
    copied = copy_down(call, ideation, refinement, data)
    call.tell("refinement.created", refinement, ideation_id=str(ideation.pk), copied=dict(copied))
    return {"success": True, "refinement": row_of(refinement), "copied": copied}


class RefinementChange(OnObject):
    refinement_id: Id
    title: NewTitle = ""
    description: NewText = None
    in_scope: NewValues = None
    out_of_scope: NewValues = None
    analysis: NewText = None
    decisions: NewValues = None
    assignee_id: NewPerson = None
    labels: NewLabels = None
    expected_version: ExpectedVersion = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_status(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            states.no_status(given, "refinement")
        return given


@specs.operation(
    needs=any_of(*EDITABLE.flags),
    may_need=WORK,
    writes=True,
    rest=Route("PATCH refinements/<str:refinement_id>", view=refinement_alone),
    untrusted=FOREIGN,
)
def update_refinement(call: BoardCall, data: RefinementChange) -> RefinementAnswer:
    """Change a refinement. What is left out or "" stays, null empties; a list replaces the whole list.

    Texts and lists need refinement.entity.edit_fields and are open in draft only; assignee_id needs assign and labels
    need label, in any status. New texts and lists raise `version`; every change raises `revision`.

    Gates: archived, editable.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: refinement.updated.
    """
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id", lock=True)
    wanted = changes_of(data, EDITABLE.fields)
    plan_editing.demand(call, refinement, EDITABLE, wanted, UPDATE)
    check_revision(data.expected_version, refinement.revision, "refinement")
    plan_editing.apply(call, refinement, EDITABLE, wanted)
    return {"success": True, "refinement": row_of(refinement)}


class OneRefinement(OnObject):
    refinement_id: Id
    expected_version: ExpectedVersion = None


class Deleted(TypedDict):
    success: Literal[True]


@specs.operation(
    needs="refinement.entity.delete",
    may_need=WORK,
    writes=True,
    destructive=True,
    rest="DELETE refinements/<str:refinement_id>",
)
def delete_refinement(call: BoardCall, data: OneRefinement) -> Deleted:
    """Delete a refinement for good, with all that hangs on it. Specs made from it stay.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: refinement.deleted.
    """
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id", lock=True)
    call.demand_in(refinement)
    locks.demand_live(call, refinement, DELETE)
    check_revision(data.expected_version, refinement.revision, "refinement")
    call.tell("refinement.deleted", refinement, ideation_id=str(refinement.ideation_id))
    refinement.delete()
    return {"success": True}
