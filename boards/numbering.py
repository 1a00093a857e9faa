"""References of a board's objects: `C-12`, counted per board and kind, never given twice."""

from django.db.models import F

from boards.models import Board, RefCounter
from boards.models.entity import LETTERS


def open_counters(board: Board) -> None:
    """The counters of a new board."""
    RefCounter.objects.bulk_create(RefCounter(board=board, kind=kind) for kind in sorted(LETTERS))


def take(board: Board, kind: str, count: int = 1) -> int:
    """The first of `count` new numbers. Locks the counter until the end of the transaction.

    Whoever needs several kinds takes them in alphabetical order, so that two calls never wait for each other.
    """
    counters = RefCounter.objects.filter(board=board, kind=kind)
    counters.update(last=F("last") + count)
    return counters.values_list("last", flat=True).get() - count + 1
