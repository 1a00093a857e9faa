"""Moving refinements along their state machine."""

from typing import Literal

from boards.call import BoardCall, work_in
from boards.inputs import ExpectedVersion, Id, OnObject
from specs import plan_moves, states
from specs.catalog import specs
from specs.gates import ideation as _gates  # noqa: F401 - declares the gate of the step to review
from specs.models import Refinement
from specs.plan_moves import MovedPlan

Status = Literal["draft", "review", "approved", "done", "cancelled"]


class MoveRefinement(OnObject):
    refinement_id: Id
    status: Status
    expected_version: ExpectedVersion = None


class MovedRefinement(MovedPlan):
    refinement_id: str


@specs.operation(
    needs=None,
    may_need=(*states.flags_of("refinement"), *work_in("refinement")),
    writes=True,
    rest="POST refinements/<str:refinement_id>/move",
)
def move_refinement(call: BoardCall, data: MoveRefinement) -> MovedRefinement:
    """Move a refinement along draft, review, approved, done; from review and approved also a step back.

    Entering done keeps a snapshot of the version; going back from done to draft begins the next version. Cancelled is
    final. Each step has a right of its own (refinement.move.*).

    Gates: archived; refinement_scope (draft to review).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED, VERSION_CONFLICT.
    Event: refinement.moved.
    """
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id", lock=True)
    moved = plan_moves.move(call, refinement, data.status, data.expected_version)
    return {**moved, "refinement_id": str(refinement.pk)}
