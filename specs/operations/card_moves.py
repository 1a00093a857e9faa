"""Moving cards, and taking a move back."""

from typing import TypedDict

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import OnBoard
from pulse_project.core.executor import after
from pulse_project.core.operations import Route
from specs import states
from specs.cards import moving, undo
from specs.cards.inputs import WORK_IN, CardMove
from specs.catalog import cards
from specs.queries.cards import CardRow, card_row

MOVES = (*states.flags_of("card"), moving.EDITS, *WORK_IN)


class MovedCard(TypedDict):
    """The card after the move. `event_seq` is what undo_move takes, within 30 seconds."""

    success: bool
    card: CardRow
    blocked_by_dependencies: bool
    event_seq: int


def _answer(moved: moving.Moved) -> MovedCard:
    row = card_row(moved.card)

    def numbered() -> MovedCard:
        return {"success": True, "card": row, "blocked_by_dependencies": False, "event_seq": moved.event.seq}

    return after(numbered)


@cards.operation(
    needs=None,
    may_need=MOVES,
    writes=True,
    rest=Route("POST cards/<str:card_id>/move", view=lambda answer: answer["card"]),
    untrusted=("card.title", "card.description", "card.details"),
)
def move_card(call: BoardCall, data: CardMove) -> MovedCard:
    """Move a card to another column, or to another place in its own.

    A column is entered one legal step at a time (get_allowed_transitions lists them). The way to validation and done
    takes a report: conclusion, completeness and drift with a justification each. A report on another step is not kept.
    With the card's own status only its place changes. A refusal says in `blocked_by_dependencies` whether
    unfinished dependencies are among its reasons. Cancelling a card of a validated spec puts the spec back to approved.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED, VERSION_CONFLICT.
    Event: card.moved, card.reordered, spec.moved.
    """
    return _answer(moving.move(call, data))


class UndoMove(OnBoard):
    event_seq: int = Field(ge=1, le=2**63 - 1, description="What the move answered as event_seq.")


@cards.operation(needs=None, may_need=MOVES, writes=True, rest="POST boards/<str:board_id>/moves/<int:event_seq>/undo")
def undo_move(call: BoardCall, data: UndoMove) -> MovedCard:
    """Take back your own move of a card: its status, its place and its report.

    Only within 30 seconds, only while nothing else has happened to the card, and only when the move changed nothing
    but the card. The right of the move is asked again, no condition is.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED.
    Event: card.move_undone, spec.moved.
    """
    return _answer(undo.undo(call, data.event_seq))
