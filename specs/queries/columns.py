"""The cards of a board by column, in pages that go down all columns at once."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from boards import cursors
from boards.models import Card
from boards.models.entity import STATUSES
from boards.paging import Paged, after
from specs.queries.cards import TEXTS

COLUMNS = STATUSES["card"]
IN_COLUMN = ("rank", "number")
UNSEEN = (0, 0)  # numbers of cards begin at 1
Seen = dict[str, tuple[int, int]]  # rank and number of the lowest card of each column that a page held


def page_of_columns(cards: "QuerySet[Card]", data: Paged) -> tuple[list[Card], str | None]:
    """The upper cards of all columns, those that are left of each, and the cursor of the next page.

    A cursor holds a place in every column, so that a card that moves in one of them shifts nothing in the others.
    Errors: VALIDATION_ERROR for a cursor that no page gave.
    """
    seen = _seen(data.cursor)
    left = reduce(or_, (_below(status, *seen[status]) for status in COLUMNS))
    height = Window(RowNumber(), partition_by=F("status"), order_by=[F(name) for name in IN_COLUMN])
    ordered: QuerySet[Any] = cards.filter(left).defer(*TEXTS).annotate(height=height).order_by("height", "status")
    found = list(ordered[: data.limit + 1])
    page = found[: data.limit]
    seen |= {card.status: (card.rank, card.number) for card in page}
    more = len(found) > data.limit
    return page, cursors.made_of(part for status in COLUMNS for part in seen[status]) if more else None


def _seen(cursor: str) -> Seen:
    if not cursor:
        return dict.fromkeys(COLUMNS, UNSEEN)
    holds = [cursors.in_column(Card._meta.get_field(name)) for name in IN_COLUMN]
    values: list[Any] = cursors.held(cursors.parts_of(cursor), holds * len(COLUMNS))
    return {status: (values[2 * place], values[2 * place + 1]) for place, status in enumerate(COLUMNS)}


def _below(status: str, rank: int, number: int) -> Q:
    """The cards of a column below a place."""
    column = Q(status=status)
    return column if (rank, number) == UNSEEN else column & after(IN_COLUMN, [rank, number])
