"""Moving sprints along their state machine, and deleting them."""

from typing import Any, Literal, TypedDict

from boards.call import BoardCall, check_revision, work_in
from boards.inputs import ExpectedVersion, Id, OnObject
from pulse_project.core.operations import Route
from specs import locks, moves, states
from specs.cards import columns
from specs.catalog import people, sprints
from specs.gates import sprint as _gates  # noqa: F401 - declares the gate of a sprint and its facts
from specs.models import Sprint
from specs.queries.sprints import SprintRow, row_of
from specs.sprint_cards import CardHead, place, release_open

MOVE = "okto_pulse_move_sprint"
DELETE = "okto_pulse_delete_sprint"
RELEASING = frozenset({"closed", "cancelled"})
Status = Literal["draft", "active", "review", "closed", "cancelled"]


class MoveSprint(OnObject):
    sprint_id: Id
    status: Status
    expected_version: ExpectedVersion = None


class MovedSprint(TypedDict):
    """`carried_over` are the open cards that the step took out of the sprint."""

    success: Literal[True]
    sprint: SprintRow
    carried_over: list[CardHead]


def _sprint_and_carried(answer: MovedSprint) -> Any:
    return {**answer["sprint"], "carried_over": answer["carried_over"]}


@sprints.operation(
    needs=None,
    may_need=(*states.flags_of("sprint"), *work_in("sprint")),
    writes=True,
    rest=Route("POST sprints/<str:sprint_id>/move", view=_sprint_and_carried),
    untrusted=("sprint.title", "sprint.description", "sprint.objective", "sprint.expected_outcome"),
)
def move_sprint(call: BoardCall, data: MoveSprint) -> MovedSprint:
    """Move a sprint along draft, active, review, closed.

    It is cancelled from any of these but closed, and goes back to draft from closed and cancelled. Closing and
    cancelling take every card that is neither done nor cancelled out of the sprint.

    Gates: archived; sprint_cards (draft to active).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED, VERSION_CONFLICT.
    Event: sprint.moved.
    """
    columns.hold(call.board)
    sprint = call.entity(Sprint, data.sprint_id, "sprint_id", lock=True)
    check_revision(data.expected_version, sprint.revision, "sprint")
    step = moves.begin(call, MOVE, sprint, data.status)
    moves.ask(call, MOVE, step, sprint, data.status, {})
    before, sprint.status = sprint.status, data.status
    carried = release_open(sprint) if data.status in RELEASING else []
    call.save(sprint, "status")
    call.tell(
        "sprint.moved",
        sprint,
        moved=(before, data.status),
        spec_id=str(sprint.spec_id),
        carried_over=[card["id"] for card in carried],
    )
    return {"success": True, "sprint": row_of(sprint), "carried_over": carried}


class DeleteSprint(OnObject):
    sprint_id: Id
    expected_version: ExpectedVersion = None


class Done(TypedDict):
    success: Literal[True]


@people.operation(
    needs="sprint.entity.delete",
    may_need=work_in("sprint"),
    writes=True,
    destructive=True,
    rest="DELETE sprints/<str:sprint_id>",
)
def delete_sprint(call: BoardCall, data: DeleteSprint) -> Done:
    """Delete a sprint in any status. Its cards stay, in no sprint.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: sprint.deleted.
    """
    sprint = call.entity(Sprint, data.sprint_id, "sprint_id", lock=True)
    call.demand_in(sprint)
    locks.demand_live(call, sprint, DELETE)
    check_revision(data.expected_version, sprint.revision, "sprint")
    cards = list(sprint.cards.order_by("number"))
    place(cards, None)
    call.tell("sprint.deleted", sprint, spec_id=str(sprint.spec_id), card_ids=[str(card.pk) for card in cards])
    sprint.delete()
    return {"success": True}
