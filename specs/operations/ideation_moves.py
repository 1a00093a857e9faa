"""Moving ideations along their state machine."""

from typing import Literal

from boards.call import BoardCall, work_in
from boards.inputs import ExpectedVersion, Id, OnObject
from specs import plan_moves, states
from specs.catalog import specs
from specs.models import Ideation
from specs.plan_moves import MovedPlan

Status = Literal["draft", "review", "approved", "evaluating", "done", "cancelled"]


class MoveIdeation(OnObject):
    ideation_id: Id
    status: Status
    expected_version: ExpectedVersion = None


class MovedIdeation(MovedPlan):
    ideation_id: str


@specs.operation(
    needs=None,
    may_need=(*states.flags_of("ideation"), *work_in("ideation")),
    writes=True,
    rest="POST ideations/<str:ideation_id>/move",
)
def move_ideation(call: BoardCall, data: MoveIdeation) -> MovedIdeation:
    """Move an ideation along draft, review, approved, evaluating, done; a step back is always open up to evaluating.

    Entering done keeps a snapshot of the version; going back from done to draft begins the next version. Cancelled is
    final. Each step has a right of its own (ideation.move.*).

    Gates: archived, and those of the step.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED, VERSION_CONFLICT.
    Event: ideation.moved.
    """
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id", lock=True)
    moved = plan_moves.move(call, ideation, data.status, data.expected_version)
    return {**moved, "ideation_id": str(ideation.pk)}
