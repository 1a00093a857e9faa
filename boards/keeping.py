"""Storing what people keep under a name on a board: unique names, a cap, bounded JSON."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from boards.models import Board, SavedSearch, SavedView
from pulse_project.core.errors import Code, Failure

MOST = 200  # of each kind on one board
MAX_JSON = 20_000  # characters


def store(row: SavedSearch | SavedView, *, is_new: bool) -> None:
    """DUPLICATE when the name is taken on the board, LIMIT_EXCEEDED when it keeps too many."""
    if is_new:  # one at a time on a board, or two could pass the limit together
        list(Board.objects.select_for_update(no_key=True).filter(pk=row.board_id).values_list("pk"))
    if is_new and type(row)._default_manager.filter(board=row.board).count() >= MOST:
        raise Failure(Code.LIMIT_EXCEEDED, f"A board keeps {MOST} of them. Delete one first.", limit=MOST)
    try:
        with transaction.atomic():
            row.save(force_insert=is_new)
    except IntegrityError as error:
        raise Failure(Code.DUPLICATE, "That name is taken on this board.", field="name") from error


def bounded(value: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The value; CONTENT_TOO_LARGE when it is longer than a view or filter needs to be."""
    if len(str(value)) > MAX_JSON:
        raise Failure(Code.CONTENT_TOO_LARGE, f"{field} takes {MAX_JSON} characters.", field=field, limit=MAX_JSON)
    return dict(value)
