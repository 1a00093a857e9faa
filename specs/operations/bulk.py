"""Many cards in one call: each item succeeds or fails on its own, all of them in one transaction."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError, WithJsonSchema

from boards.call import BoardCall
from boards.inputs import OnBoard
from boards.models import Card
from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import after
from pulse_project.core.inputs import problems_of
from pulse_project.core.outbox import Pending
from pulse_project.core.schema import flatten
from specs.cards import columns, creation, editing, moving
from specs.cards.inputs import CardChange, CardMove, NewCard
from specs.catalog import cards
from specs.operations.card_moves import MOVES
from specs.operations.cards import MAY_CREATE, MAY_EDIT
from specs.queries.cards import CardSummary, rows_of

MOST = 100
D = TypeVar("D", bound=BaseModel)
Done = tuple[UUID, Pending | None]


def _without_board(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one item: the arguments of the single operation without the board, which the call names once."""
    schema = flatten(model.model_json_schema())
    schema["properties"].pop("board_id")
    return {**schema, "required": [name for name in schema["required"] if name != "board_id"]}


_Bounds = Field(min_length=1, max_length=MOST)
NewCards = Annotated[list[Annotated[dict[str, Any], WithJsonSchema(_without_board(NewCard))]], _Bounds]
CardChanges = Annotated[list[Annotated[dict[str, Any], WithJsonSchema(_without_board(CardChange))]], _Bounds]
CardMoves = Annotated[list[Annotated[dict[str, Any], WithJsonSchema(_without_board(CardMove))]], _Bounds]


class CreateCards(OnBoard):
    cards: NewCards


class UpdateCards(OnBoard):
    cards: CardChanges


class MoveCards(OnBoard):
    moves: CardMoves


class ItemResult(TypedDict):
    """What became of one item: its card, or the refusal that the single operation gives."""

    index: int
    ok: bool
    card: NotRequired[CardSummary]
    event_seq: NotRequired[int]
    error: NotRequired[str]
    code: NotRequired[str]
    details: NotRequired[dict[str, Any]]


class Results(TypedDict):
    """`success` is true when every item was done. Items that failed changed nothing."""

    success: bool
    done: int
    failed: int
    results: list[ItemResult]


def _each(call: BoardCall, items: Sequence[dict[str, Any]], model: type[D], act: Callable[[D], Done]) -> Results:
    """Do every item in its own savepoint. The board's cards are held first, so that two bulks never cross."""
    columns.hold(call.board)
    outcomes: list[Done | Failure] = []
    for item in items:
        try:
            with db.write_tx():
                outcomes.append(act(_checked(call, item, model)))
        except Failure as failure:
            outcomes.append(failure)
    return after(lambda: _results(outcomes))


def _checked(call: BoardCall, item: dict[str, Any], model: type[D]) -> D:
    if "board_id" in item:
        raise Failure(Code.VALIDATION_ERROR, "The call names the board, once for all items.", field="board_id")
    try:
        return model.model_validate({**item, "board_id": str(call.board.pk)})
    except ValidationError as error:
        raise problems_of(model, error) from error


def _results(outcomes: Sequence[Done | Failure]) -> Results:
    done = [outcome[0] for outcome in outcomes if not isinstance(outcome, Failure)]
    rows = {row["id"]: row for row in rows_of(Card.objects.filter(pk__in=done))}
    results = [_result(index, outcome, rows) for index, outcome in enumerate(outcomes)]
    return {
        "success": len(done) == len(results),
        "done": len(done),
        "failed": len(results) - len(done),
        "results": results,
    }


def _result(index: int, outcome: Done | Failure, rows: dict[str, CardSummary]) -> ItemResult:
    if isinstance(outcome, Failure):
        return {
            "index": index,
            "ok": False,
            "error": outcome.message,
            "code": outcome.code.value,
            "details": outcome.details,
        }
    pk, event = outcome
    result: ItemResult = {"index": index, "ok": True, "card": rows[str(pk)]}
    if event is not None:
        result["event_seq"] = event.seq
    return result


@cards.operation(
    needs="card.entity.create", may_need=MAY_CREATE, writes=True, rest="POST boards/<str:board_id>/cards/bulk-create"
)
def create_cards(call: BoardCall, data: CreateCards) -> Results:
    """Make up to 100 cards. Each item takes what create_card takes; one that fails does not stop the others.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.created.
    """

    def act(item: NewCard) -> Done:
        return creation.create_card(call, item).pk, None

    return _each(call, data.cards, NewCard, act)


@cards.operation(needs=None, may_need=MAY_EDIT, writes=True, rest="POST boards/<str:board_id>/cards/bulk-update")
def update_cards(call: BoardCall, data: UpdateCards) -> Results:
    """Change up to 100 cards. Each item takes what update_card takes; one that fails does not stop the others.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: card.updated.
    """

    def act(item: CardChange) -> Done:
        return editing.update_card(call, item).pk, None

    return _each(call, data.cards, CardChange, act)


@cards.operation(needs=None, may_need=MOVES, writes=True, rest="POST boards/<str:board_id>/cards/bulk-move")
def move_cards(call: BoardCall, data: MoveCards) -> Results:
    """Move up to 100 cards, in the order given. Each item takes what move_card takes; a refusal stops no other item.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, INVALID_TRANSITION, GATE_BLOCKED, VERSION_CONFLICT.
    Event: card.moved, card.reordered, spec.moved.
    """

    def act(item: CardMove) -> Done:
        moved = moving.move(call, item)
        return moved.card.pk, moved.event

    return _each(call, data.moves, CardMove, act)
