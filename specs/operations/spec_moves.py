"""Moving a spec along its state machine. The lock of its content follows its state."""

from typing import Literal, TypedDict

from boards.call import BoardCall, check_revision
from boards.inputs import ExpectedVersion, Id, OnObject
from specs import locks, moves, states
from specs.cards import columns
from specs.catalog import specs
from specs.families.items import INTERACT
from specs.models import Spec

OPERATION = "okto_pulse_move_spec"
Status = Literal["draft", "review", "approved", "validated", "in_progress", "done", "cancelled"]
FLAGS = states.flags_of("spec")


class MoveSpec(OnObject):
    spec_id: Id
    status: Status
    expected_version: ExpectedVersion = None


class SpecMoved(TypedDict):
    success: bool
    spec_id: str
    ref: str
    from_status: str
    to_status: str
    locked: bool
    revision: int


@specs.operation(needs=None, may_need=(*FLAGS, *INTERACT), writes=True, rest="POST specs/<str:spec_id>/move")
def move_spec(call: BoardCall, data: MoveSpec) -> SpecMoved:
    """Move a spec: draft, review, approved, validated, in_progress, done; cancelled from everywhere but done.

    Its content is locked in validated, in_progress and done, and open again in every other state. The step back from
    in_progress to validated asks for nothing. Each step has a right of its own (spec.move.*).

    Gates: archived, and those of the step.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED, VERSION_CONFLICT.
    Event: spec.moved.
    """
    columns.hold(call.board)
    spec = call.entity(Spec, data.spec_id, "spec_id", lock=True)
    before = spec.status
    step = moves.begin(call, OPERATION, spec, data.status)
    check_revision(data.expected_version, spec.revision, "spec")
    moves.ask(call, OPERATION, step, spec, data.status, {})
    spec.status = data.status
    call.save(spec, "status", *locks.follow(spec, data.status, call.person))
    call.tell("spec.moved", spec, moved=(before, data.status))
    return {
        "success": True,
        "spec_id": str(spec.pk),
        "ref": spec.ref,
        "from_status": before,
        "to_status": spec.status,
        "locked": spec.status in states.LOCKED,
        "revision": spec.revision,
    }
