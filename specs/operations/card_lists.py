"""Lists of cards: filtered and paged, or by column."""

from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from pydantic import Field

from boards.call import BoardCall
from boards.inputs import MaybeId, OnBoard
from boards.models import Card, Entity
from boards.models.entity import STATUSES
from boards.paging import Following, Page, Paged, PagedByOffset, page_of, whole
from boards.shaping import ShapedRows, kept, narrowed, only
from pulse_project.core.operations import Route
from specs.cards.inputs import CardType, Priority, Status
from specs.catalog import cards, people
from specs.gates.facts import FINISHED
from specs.models import Spec, Sprint
from specs.queries.cards import CardRow, CardSummary, full_rows_of, rows_of
from specs.queries.columns import page_of_columns

ORDER = ("status", "rank", "number")


class ListCards(PagedByOffset, ShapedRows, OnBoard):
    status: Annotated[Literal[Status, "open", ""], Field(description="open = neither done nor cancelled.")] = ""
    spec_id: MaybeId = ""
    sprint_id: MaybeId = ""
    priority: Literal[Priority, ""] = ""
    assignee_id: Annotated[str, Field(max_length=160)] = ""
    card_type: Literal[CardType, ""] = ""
    include_archived: bool = True


@narrowed
class ListedCard(CardRow):
    """A card without its texts, unless `fields` or detail=full ask for others of its keys."""


class Cards(Page):
    """A page of cards by status and place."""

    total_all: int
    filtered_count: int
    cards: list[ListedCard]


def _filtered(call: BoardCall, data: ListCards) -> "QuerySet[Card]":
    rows = Card.objects.filter(board=call.board, kind=Card.Kind.CARD)
    if data.status == "open":
        rows = rows.exclude(status__in=FINISHED)
    elif data.status:
        rows = rows.filter(status=data.status)
    belongs: dict[str, type[Entity]] = {"spec_id": Spec, "sprint_id": Sprint}
    for name, model in belongs.items():
        if text := getattr(data, name):
            rows = rows.filter(**{name: call.entity(model, text, name).pk})
    for name in ("priority", "assignee_id", "card_type"):
        if value := getattr(data, name):
            rows = rows.filter(**{name: value})
    return rows if data.include_archived else rows.filter(archived_at=None)


@cards.operation(needs="card.entity.read", rest="GET boards/<str:board_id>/cards", untrusted=("cards[].title",))
def list_cards_by_status(call: BoardCall, data: ListCards) -> Cards:
    """The cards of a board, by status and by place in their column, archived ones among them.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, CardRow.__annotations__, CardSummary.__annotations__)
    rows = _filtered(call, data)
    found, cursor = page_of(rows, ORDER, data)
    page = whole(rows, data, cursor)
    shaped: Any = rows_of(found) if keys <= set(CardSummary.__annotations__) else full_rows_of(found)
    return {
        "total_all": Card.objects.filter(board=call.board).count(),
        "filtered_count": page["total"],
        "cards": [only(row, keys) for row in shaped],
        **page,
    }


class ReadColumns(Paged, OnBoard):
    status: Annotated[Literal[Status, ""], Field(description="Only the cards of this column.")] = ""
    include_archived: bool = False


class Columns(Following):
    """The cards of each column in their order, as far as the page goes: every page has every column.

    Pages go down all columns at once, so that the first one shows the top of the board.
    """

    board_id: str
    columns: dict[str, list[CardSummary]]


@people.operation(
    needs="card.entity.read",
    rest=Route("GET boards/<str:board_id>/columns"),
    untrusted=("columns",),
)
def get_columns(call: BoardCall, data: ReadColumns) -> Columns:
    """The cards of the board, column by column.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    rows = Card.objects.filter(board=call.board)
    if not data.include_archived:
        rows = rows.filter(archived_at=None)
    if data.status:
        rows = rows.filter(status=data.status)
    found, cursor = page_of_columns(rows, data)
    columns: dict[str, list[CardSummary]] = {status: [] for status in STATUSES["card"]}
    for row in rows_of(found):
        columns[row["status"]].append(row)
    return {"board_id": str(call.board.pk), "columns": columns, "next_cursor": cursor}
