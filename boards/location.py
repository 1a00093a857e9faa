"""Where an object is: the board and the object behind an id or a reference, never another board's."""

import re
from collections.abc import Callable
from typing import Any, TypeVar, cast
from uuid import UUID

from django.db.models import Model, QuerySet

from boards.models import Attachment, Board, BoardSlug, Comment, Entity, Question
from boards.models.entity import LETTERS
from pulse_project.core.errors import Code, Failure

KINDS = {letter: kind for kind, letter in LETTERS.items()}
REF = re.compile(r"([A-Za-z]{1,2})-([1-9][0-9]{0,8})\Z")
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\Z")
E = TypeVar("E", bound=Entity)
M = TypeVar("M", bound=Model)
BoardOf = Callable[[UUID], UUID | None]


def uuid_of(text: str) -> UUID | None:
    return UUID(text) if UUID_TEXT.match(text) else None


def _of_entity(pk: UUID) -> UUID | None:
    return Entity.objects.filter(pk=pk).values_list("board_id", flat=True).first()


def of_child(model: type[Model]) -> BoardOf:
    """Finds the board of something that hangs on an entity by the foreign key `entity`."""

    def find(pk: UUID) -> UUID | None:
        found: UUID | None = model._default_manager.filter(pk=pk).values_list("entity__board_id", flat=True).first()
        return found

    return find


# The argument that says on which board a call acts, when it names none.
LOCATORS: dict[str, BoardOf] = {
    **dict.fromkeys(
        ("card_id", "spec_id", "ideation_id", "refinement_id", "sprint_id", "entity_id", "parent_id", "bug_card_id"),
        _of_entity,
    ),
    "comment_id": of_child(Comment),
    "attachment_id": of_child(Attachment),
    "qa_id": of_child(Question),
}


def not_found(what: str, field: str) -> Failure:
    """The one answer for what does not exist and for what exists elsewhere."""
    return Failure(Code.NOT_FOUND, f"No such {what}.", field=field)


def board_of(data: Any) -> Board:
    """The board that a call names by `board_id` (id or address), or by the first id that it carries.

    Errors: NOT_FOUND. Whether the caller may see it is asked next.
    """
    named = getattr(data, "board_id", None)
    if named:
        return board_named(named)
    for name in type(data).model_fields:
        if name in LOCATORS and (text := getattr(data, name)):
            pk = uuid_of(str(text))
            if pk is None and REF.match(str(text)):
                raise Failure(Code.NOT_FOUND, f"A reference such as {text} needs board_id beside it.", field=name)
            board_pk = LOCATORS[name](pk) if pk else None
            board = Board.objects.filter(pk=board_pk).first() if board_pk else None
            if board is None:
                raise not_found(name.removesuffix("_id").replace("_", " "), name)
            return board
    raise Failure(Code.VALIDATION_ERROR, "board_id is required.", field="board_id")


def board_named(text: str) -> Board:
    """The board with that id, address or former address. Errors: NOT_FOUND."""
    pk = uuid_of(text)
    found = Board.objects.filter(pk=pk).first() if pk else Board.objects.filter(slug=text).first()
    if found is None and pk is None:
        former = BoardSlug.objects.filter(slug=text).select_related("board").first()
        found = former.board if former else None
    if found is None:
        raise not_found("board", "board_id")
    return found


def on_board(board: Board, model: type[E], text: str, field: str, *, lock: bool = False) -> E:
    """The entity with that id or reference (`C-12`) on the board. Errors: NOT_FOUND."""
    rows = cast("QuerySet[E]", model._default_manager.filter(board=board))  # the manager of a type variable
    if lock:
        rows = rows.select_for_update()
    pk = uuid_of(text)
    match = None if pk else REF.match(text)
    found: E | None = None
    if pk:
        found = rows.filter(pk=pk).first()
    elif match and (kind := KINDS.get(match[1].upper())):
        found = rows.filter(kind=kind, number=int(match[2])).first()
    if found is None:
        raise not_found(field.removesuffix("_id").replace("_", " "), field)
    return found


def child_on_board(board: Board, model: type[M], text: str, field: str, *, lock: bool = False) -> M:
    """Something with a UUID that hangs on an entity of the board. Errors: NOT_FOUND."""
    pk = uuid_of(text)
    rows = model._default_manager.filter(entity__board=board).select_related("entity")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(pk=pk).first() if pk else None
    if found is None:
        raise not_found(field.removesuffix("_id").replace("_", " "), field)
    return found
