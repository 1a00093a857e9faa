"""Live topics of boards: everything on one board, or everything about one object."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from boards import rights
from boards.models import Board, Entity
from boards.models.entity import LETTERS
from pulse_project.core import domain_feed
from pulse_project.core.principals import Caller
from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.topics import TopicKind, domain_frame, register_topic

BOARD: Final = "board"
MOST_FOLLOWERS: Final = 100_000

# The kinds of objects that a follower may read on a board, known to the event loop without a query: learned when a
# subscription is authorised, and again when rights change. `board` among them stands for the board itself.
_readable: dict[tuple[str, str, UUID], frozenset[str]] = {}


def _learn(caller: Caller, board: Board) -> frozenset[str]:
    """What the caller may read there now; empty when the board does not exist for it."""
    found = rights.rights_on(caller, board)
    kinds = frozenset(_kinds_in(found.flags)) if found is not None else frozenset()
    key = (caller.bucket, caller.auth, board.pk)
    _readable.pop(key, None)
    if len(_readable) >= MOST_FOLLOWERS:
        del _readable[next(iter(_readable))]
    _readable[key] = kinds
    return kinds


def _kinds_in(flags: frozenset[str]) -> Iterable[str]:
    if "board.read" in flags:
        yield BOARD
    for kind in LETTERS:
        if f"{kind}.entity.read" in flags:
            yield kind


def _uuid(text: str) -> UUID | None:
    """Ids in topics are written as answers have them, so that one object has one topic."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _may_follow_board(caller: Caller, arg: str) -> bool:
    pk = _uuid(arg)
    board = Board.objects.filter(pk=pk).first() if pk else None
    return board is not None and BOARD in _learn(caller, board)


def _may_follow_entity(caller: Caller, arg: str) -> bool:
    kind, _, text = arg.partition(":")
    pk = _uuid(text)
    if pk is None:
        return False
    entity = Entity.objects.select_related("board").filter(pk=pk, kind=kind).first()
    return entity is not None and kind in _learn(caller, entity.board)


def is_visible(entry: Entry, caller: Caller) -> bool:
    """Whether a caller may hear of a row: it needs the right to read objects of that kind on that board."""
    row: domain_feed.DomainRow = entry.row
    if row.board_id is None:
        return False
    kinds = _readable.get((caller.bucket, caller.auth, row.board_id), frozenset())
    return (row.entity_kind if row.entity_kind in LETTERS else BOARD) in kinds


def _read_board(arg: str, _letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    return domain_feed.board_rows(UUID(arg), span, limit)


def _read_entity(arg: str, _letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    kind, _, text = arg.partition(":")
    return domain_feed.entity_rows(kind, text, span, limit)


register_topic(TopicKind(
    pattern="board:<id>",
    keys=lambda arg: {"d": f"board:{arg}"},
    authorise=_may_follow_board,
    frame=domain_frame,
    visible=is_visible,
    read=_read_board,
))  # fmt: skip
register_topic(TopicKind(
    pattern="entity:<kind>:<id>",
    keys=lambda arg: {"d": f"entity:{arg}"},
    authorise=_may_follow_entity,
    frame=domain_frame,
    visible=is_visible,
    read=_read_entity,
))  # fmt: skip
