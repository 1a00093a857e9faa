"""A board with what is on it."""

from typing import Any, TypedDict

from boards import board_settings
from boards.call import BoardCall
from boards.catalog import boards
from boards.inputs import OnBoard
from boards.instants import iso
from boards.people import id_of_user
from specs.queries.board_view import BoardAgent, PlanRow, agents_of, ideations_of, specs_of
from specs.queries.cards import CardSummary, lines_of_board

SECTIONS = {"ideations": "ideation.entity.read", "specs": "spec.entity.read", "cards": "card.entity.read"}


class BoardView(TypedDict):
    """A board. `ideations` and `specs` are those that are not archived, newest change first; `cards` are all of them.

    `omitted` names the lists that the caller may not read; those are empty.
    """

    id: str
    slug: str
    name: str
    description: str
    owner_id: str | None
    settings: dict[str, Any]
    revision: int
    archived: bool
    created_at: str | None
    updated_at: str | None
    ideations: list[PlanRow]
    specs: list[PlanRow]
    cards: list[CardSummary]
    agents: list[BoardAgent]
    omitted: list[str]


@boards.operation(
    needs="board.read",
    may_need=tuple(SECTIONS.values()),
    rest="GET boards/<str:board_id>",
    untrusted=("description", "ideations[].title", "specs[].title", "cards[].title"),
)
def get_board(call: BoardCall, data: OnBoard) -> BoardView:
    """A board with its ideations, specs, cards and agents, without their long texts.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    board = call.board
    readable = {name for name, flag in SECTIONS.items() if call.holds(flag)}
    return {
        "id": str(board.pk),
        "slug": board.slug,
        "name": board.name,
        "description": board.description,
        "owner_id": id_of_user(board.owner) if board.owner else None,
        "settings": board_settings.of(board).model_dump(),
        "revision": board.revision,
        "archived": board.archived_at is not None,
        "created_at": iso(board.created_at),
        "updated_at": iso(board.updated_at),
        "ideations": ideations_of(board) if "ideations" in readable else [],
        "specs": specs_of(board) if "specs" in readable else [],
        "cards": lines_of_board(board) if "cards" in readable else [],
        "agents": agents_of(board),
        "omitted": [name for name in SECTIONS if name not in readable],
    }
