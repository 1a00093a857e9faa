"""Ideations and refinements as they were when they were done."""

from typing import Annotated, Any, TypedDict, cast

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import Id, OnObject
from boards.queries.questions import QaItem
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation, Refinement
from specs.queries.snapshots import SnapshotSummary, body_of, summaries_of

Version = Annotated[int, Field(ge=1, description="A version that list_..._snapshots names.")]
FOREIGN = ("title", "description", "labels", "qa_snapshot[].question", "qa_snapshot[].choices", "qa_snapshot[].answer")


class SnapshotsOfIdeation(OnObject):
    ideation_id: Id


class IdeationSnapshots(TypedDict):
    ideation_id: str
    count: int
    snapshots: list[SnapshotSummary]


def _rows(answer: Any) -> Any:
    return answer["snapshots"]


@specs.operation(
    needs="ideation.versions_read",
    rest=Route("GET ideations/<str:ideation_id>/snapshots", view=_rows),
    untrusted=("snapshots[].title",),
)
def list_ideation_snapshots(call: BoardCall, data: SnapshotsOfIdeation) -> IdeationSnapshots:
    """The versions of an ideation that were done, newest first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id")
    found = summaries_of(ideation)
    return {"ideation_id": str(ideation.pk), "count": len(found), "snapshots": found}


class OneIdeationSnapshot(SnapshotsOfIdeation):
    version: Version


class SnapshotBody(TypedDict):
    """What every snapshot holds. `qa_snapshot` are the questions as they stood."""

    version: int
    title: str
    description: str
    labels: list[str]
    qa_snapshot: list[QaItem]
    created_by: str
    created_at: str | None


class IdeationSnapshot(SnapshotBody):
    ideation_id: str
    problem_statement: str
    proposed_approach: str
    scope_assessment: dict[str, Any] | None
    complexity: str | None


@specs.operation(
    needs="ideation.versions_read",
    rest="GET ideations/<str:ideation_id>/snapshots/<str:version>",
    untrusted=(*FOREIGN, "problem_statement", "proposed_approach", "scope_assessment"),
)
def get_ideation_snapshot(call: BoardCall, data: OneIdeationSnapshot) -> IdeationSnapshot:
    """An ideation as it was when that version was done. It never changes.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id")
    body = body_of(ideation, data.version)
    answer = {**body, "ideation_id": str(ideation.pk), "complexity": body["complexity"] or None}
    return cast("IdeationSnapshot", answer)  # the body was written with these keys


class SnapshotsOfRefinement(OnObject):
    refinement_id: Id


class RefinementSnapshots(TypedDict):
    refinement_id: str
    count: int
    snapshots: list[SnapshotSummary]


@specs.operation(
    needs="refinement.versions_read",
    rest=Route("GET refinements/<str:refinement_id>/snapshots", view=_rows),
    untrusted=("snapshots[].title",),
)
def list_refinement_snapshots(call: BoardCall, data: SnapshotsOfRefinement) -> RefinementSnapshots:
    """The versions of a refinement that were done, newest first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id")
    found = summaries_of(refinement)
    return {"refinement_id": str(refinement.pk), "count": len(found), "snapshots": found}


class OneRefinementSnapshot(SnapshotsOfRefinement):
    version: Version


class RefinementSnapshot(SnapshotBody):
    refinement_id: str
    in_scope: list[str]
    out_of_scope: list[str]
    analysis: str
    decisions: list[str]


@specs.operation(
    needs="refinement.versions_read",
    rest="GET refinements/<str:refinement_id>/snapshots/<str:version>",
    untrusted=(*FOREIGN, "in_scope", "out_of_scope", "analysis", "decisions"),
)
def get_refinement_snapshot(call: BoardCall, data: OneRefinementSnapshot) -> RefinementSnapshot:
    """A refinement as it was when that version was done. It never changes.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id")
    answer = {**body_of(refinement, data.version), "refinement_id": str(refinement.pk)}
    return cast("RefinementSnapshot", answer)  # the body was written with these keys
