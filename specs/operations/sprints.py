"""Making and changing sprints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision, work_in
from boards.creation import create
from boards.inputs import (
    NO_NUMBER,
    UNCHANGED,
    ExpectedVersion,
    Id,
    Labels,
    NewFlag,
    NewLabels,
    NewText,
    NewTitle,
    NewValues,
    OnObject,
    Text,
    Title,
    Values,
    changes_of,
)
from boards.instants import iso
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import locks, sprint_scope
from specs.cards.inputs import Moment
from specs.catalog import sprints
from specs.models import Spec, Sprint
from specs.queries.sprints import SprintRow, row_of

UPDATE = "okto_pulse_update_sprint"
EDIT, LABEL = "sprint.entity.edit_fields", "sprint.entity.label"
SWITCHES = "sprint.entity.edit_coverage_flags"
TEXTS = ("title", "description", "objective", "expected_outcome", "start_date", "end_date")
SKIPS = ("skip_test_coverage", "skip_rules_coverage", "skip_qualitative_validation")
THRESHOLDS = (
    "validation_threshold",
    "require_task_validation",
    "validation_min_confidence",
    "validation_min_completeness",
    "validation_max_drift",
)
SCOPE = tuple(sprint_scope.FIELDS)
# the flag of every field; the rest of a sprint is changed by operations of its own
NEEDS: Mapping[str, str] = {
    **dict.fromkeys((*TEXTS, *SCOPE, "sync_spec_version"), EDIT),
    **dict.fromkeys((*SKIPS, *THRESHOLDS), SWITCHES),
    "labels": LABEL,
}
MEANING = frozenset({"title", "description", *SCOPE})  # what counts as a new version

Date = Annotated[Moment | None, Field(description="ISO 8601; without a zone UTC.")]
NewDate = Annotated[Moment | None, UNCHANGED, Field(description='ISO 8601; "" = unchanged, null = none.')]
Percent = Annotated[
    int | None,
    NO_NUMBER,
    Field(ge=0, le=100, description="0 to 100; -1 = unchanged, null = as the spec or board says."),
]


class SprintAnswer(TypedDict):
    success: Literal[True]
    sprint: SprintRow


def sprint_alone(answer: Any) -> Any:
    return answer["sprint"]


class NewSprint(OnObject):
    spec_id: Id
    title: Title
    description: Text = ""
    objective: Text = ""
    expected_outcome: Text = ""
    test_scenario_ids: Values = Field(default=[])
    business_rule_ids: Values = Field(default=[])
    start_date: Annotated[Date, UNCHANGED] = None
    end_date: Annotated[Date, UNCHANGED] = None
    labels: Labels = Field(default=[])


@sprints.operation(
    needs="sprint.entity.create",
    writes=True,
    rest=Route("POST boards/<str:board_id>/specs/<str:spec_id>/sprints", status=201, view=sprint_alone),
    untrusted=("sprint.title", "sprint.description", "sprint.objective", "sprint.expected_outcome"),
)
def create_sprint(call: BoardCall, data: NewSprint) -> SprintAnswer:
    """Make a draft sprint: a slice of a spec in any status.

    Once a spec has one, its cards move on inside a sprint only. Scope ids are ids or references of scenarios and rules
    of the spec. `spec_version` keeps the version that the sprint was planned against.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: sprint.created.
    """
    spec = call.entity(Spec, data.spec_id, "spec_id", lock=True)
    locks.demand_live(call, spec, "okto_pulse_create_sprint")
    _check_dates(data.start_date, data.end_date)
    scope = {field: sprint_scope.items_at(spec, getattr(data, field), field) for field in SCOPE}
    sprint = create(
        call,
        Sprint,
        "sprint",
        spec=spec,
        status="draft",
        spec_version=spec.version,
        labels=data.labels,
        **{name: getattr(data, name) for name in TEXTS},
    )
    for field, items in scope.items():
        sprint_scope.set_scope(sprint, field, items)
    call.tell("sprint.created", sprint, spec_id=str(spec.pk))
    return {"success": True, "sprint": row_of(sprint)}


def _check_dates(start: datetime | None, end: datetime | None) -> None:
    if start and end and end < start:
        raise Failure(Code.VALIDATION_ERROR, "end_date is before start_date.", field="end_date")


class UpdateSprint(OnObject):
    sprint_id: Id
    title: NewTitle = ""
    description: NewText = None
    objective: NewText = None
    expected_outcome: NewText = None
    start_date: NewDate = None
    end_date: NewDate = None
    test_scenario_ids: NewValues = None
    business_rule_ids: NewValues = None
    labels: NewLabels = None
    skip_test_coverage: NewFlag = None
    skip_rules_coverage: NewFlag = None
    skip_qualitative_validation: NewFlag = None
    validation_threshold: Percent = None
    require_task_validation: NewFlag = None
    validation_min_confidence: Percent = None
    validation_min_completeness: Percent = None
    validation_max_drift: Percent = None
    sync_spec_version: Annotated[bool, Field(description="Accept the present version of the spec.")] = False
    expected_version: ExpectedVersion = None


@sprints.operation(
    needs=None,
    may_need=(EDIT, LABEL, SWITCHES, *work_in("sprint")),
    writes=True,
    rest=Route("PATCH sprints/<str:sprint_id>", view=sprint_alone),
    untrusted=("sprint.title", "sprint.description", "sprint.objective", "sprint.expected_outcome"),
)
def update_sprint(call: BoardCall, data: UpdateSprint) -> SprintAnswer:
    """Change what a sprint says, its scope, labels, switches and thresholds; its status by move_sprint only.

    Each field asks for its own flag. `version` goes up with title, description and scope.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: sprint.updated.
    """
    sprint = call.entity(Sprint, data.sprint_id, "sprint_id", lock=True)
    given = changes_of(data, NEEDS)
    if not data.sync_spec_version:
        given.pop("sync_spec_version", None)
    if not given:
        raise Failure(Code.VALIDATION_ERROR, "Nothing to change. Send a field.", field="title")
    call.demand_in(sprint, *dict.fromkeys(NEEDS[name] for name in given))
    locks.demand_live(call, sprint, UPDATE)
    check_revision(data.expected_version, sprint.revision, "sprint")
    changes = [*_change_fields(sprint, given), *_change_scope(sprint, given)]
    if changes:
        if MEANING & {change["field"] for change in changes}:
            sprint.version += 1
        call.save(sprint, "version", *(change["field"] for change in changes if change["field"] not in SCOPE))
        call.tell("sprint.updated", sprint, changes=[_told(change) for change in changes])
    return {"success": True, "sprint": row_of(sprint)}


def _change_fields(sprint: Sprint, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Set the plain fields that differ; answers [{field, old, new}]."""
    wanted = {name: value for name, value in given.items() if name not in SCOPE}
    if wanted.pop("sync_spec_version", False):
        wanted["spec_version"] = sprint.spec.version
    changes = []
    for name, value in wanted.items():
        new = _empty(name) if value is None else value
        old = getattr(sprint, name)
        if old != new:
            setattr(sprint, name, new)
            changes.append({"field": name, "old": old, "new": new})
    _check_dates(sprint.start_date, sprint.end_date)
    return changes


def _empty(name: str) -> Any:
    """What null means for a field."""
    if name in SKIPS:
        return False
    return [] if name == "labels" else None if name in THRESHOLDS or name.endswith("_date") else ""


def _change_scope(sprint: Sprint, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [
        sprint_scope.set_scope(sprint, field, sprint_scope.items_at(sprint.spec, given[field] or [], field))
        for field in SCOPE
        if field in given
    ]
    return [change for change in found if change]


def _told(change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: iso(value) if isinstance(value, datetime) else value for name, value in change.items()}
