"""The order of cards in a column. Ranks have gaps, so that a move writes one card; answers show dense places."""

from uuid import UUID

from django.db.models import Max, QuerySet

from boards.models import Board, Card, RefCounter

GAP = 65_536
END = -1


def hold(board: Board) -> None:
    """One at a time until the end of the transaction, for what concerns several objects: order, dependencies, and
    steps of cards, specs and sprints, whose conditions look at one another.

    It is the lock under which cards are numbered, taken before any card is locked, so that nobody waits in a circle.
    """
    list(RefCounter.objects.select_for_update().filter(board=board, kind=Card.Kind.CARD).values_list("pk"))


def rank_at(board: Board, status: str, index: int = END, *, moving: UUID | None = None) -> int:
    """The rank of the place `index` among the live cards of a column without the one that moves; -1 is the end.

    Asked after `hold`. Where two neighbours have no gap left, the column is numbered anew.
    """
    column = Card.objects.filter(board=board, kind=Card.Kind.CARD, status=status)
    if moving is not None:
        column = column.exclude(pk=moving)
    if index < 0:
        return _behind(column)
    live = column.filter(archived_at=None).order_by("rank", "number").values_list("rank", flat=True)
    neighbours = list(live[max(index - 1, 0) : index + 1])
    if index == 0 and neighbours:
        return neighbours[0] - GAP
    if len(neighbours) < 2:
        return _behind(column)
    middle = sum(neighbours) // 2
    if middle == neighbours[0]:
        _number_anew(column)
        return rank_at(board, status, index, moving=moving)
    return middle


def _behind(column: "QuerySet[Card]") -> int:
    last = column.aggregate(last=Max("rank"))["last"]
    return 0 if last is None else int(last) + GAP


def _number_anew(column: "QuerySet[Card]") -> None:
    ordered = column.order_by("rank", "number").values_list("pk", flat=True)
    cards = [Card(pk=pk, rank=place * GAP) for place, pk in enumerate(ordered)]
    Card.objects.bulk_update(cards, ["rank"], batch_size=500)
