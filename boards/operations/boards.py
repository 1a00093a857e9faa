"""Boards themselves: making and listing them."""

from typing import Annotated, Any, Literal, TypedDict

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.text import slugify
from pydantic import Field, StringConstraints

from boards import board_settings, numbering, people
from boards.call import BoardCall
from boards.catalog import boards, everywhere_admin, everywhere_people
from boards.inputs import BoardInput, OnBoard, Text
from boards.instants import iso
from boards.models import Board, BoardSlug
from boards.paging import Following, Page, Paged, PagedByOffset, page_of, whole
from boards.people import id_of, id_of_user
from boards.rights import visible_boards
from pulse_project.core import auth, clock, db, outbox
from pulse_project.core.operations import Route
from pulse_project.core.principals import IDENTITY, Caller, Kind

BoardName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Preset = Literal["", "light", "standard", "strict"]
ATTEMPTS = 5  # at an address that others may take at the same moment


class BoardSummary(TypedDict):
    """A board without what is on it."""

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


def summary(board: Board) -> BoardSummary:
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
    }


class NewBoard(BoardInput):
    name: BoardName
    description: Text = ""
    settings: dict[str, Any] = Field(default={}, description="Switches that differ from the defaults.")
    preset: Preset = Field("", description="A set of switches to begin with; empty = the defaults.")


def owner_of(caller: Caller) -> Any:
    """The person to whom a new board belongs: the one who makes it, or whoever runs this machine."""
    users = get_user_model()._default_manager
    if caller.kind is Kind.USER and caller.user_pk is not None:
        return users.filter(pk=caller.user_pk).first()
    user, created = users.get_or_create(username=auth.LOCAL_OPERATOR)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def free_slug(name: str) -> str:
    """An address from the name that no board has or had."""
    base = slugify(name)[:60] or "board"
    slug, count = base, 1
    while Board.objects.filter(slug=slug).exists() or BoardSlug.objects.filter(slug=slug).exists():
        count += 1
        slug = f"{base}-{count}"
    return slug


@everywhere_admin.operation(
    needs="board.manage.create",
    writes=True,
    rest=Route("POST boards", status=201),
    untrusted=("name", "description"),
)
def create_board(caller: Caller, data: NewBoard) -> BoardSummary:
    """Make a board. It belongs to the person who makes it; agents come to it by a grant.

    Errors: VALIDATION_ERROR, PERMISSION_DENIED.
    Event: board.created.
    """
    now = clock.now()
    board = _stored(
        Board(
            name=data.name,
            description=data.description,
            owner=owner_of(caller),
            settings=board_settings.merged(board_settings.preset(data.preset), data.settings),
            created_by=id_of(caller),
            created_at=now,
            updated_at=now,
        )
    )
    numbering.open_counters(board)
    outbox.emit(
        "board.created", caller=caller, board_id=board.pk, entity=("board", board.pk), revision=1,
        person=people.id_of(caller), title=board.name,
    )  # fmt: skip
    db.after_commit(auth.forget)
    return summary(board)


def _stored(board: Board) -> Board:
    """The new board under the first address that is free, also when others make boards of that name meanwhile."""
    for attempt in range(1, ATTEMPTS + 1):
        board.slug = free_slug(board.name)
        try:
            with transaction.atomic():
                board.save(force_insert=True)
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
        else:
            break
    return board


class ListBoards(PagedByOffset):
    view: Literal["my", "shared", "all"] = Field("all", description="my: owned or granted; shared: by others; or both.")
    include_archived: bool = False
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class BoardPage(Page):
    boards: list[BoardSummary]


@everywhere_people.operation(needs=IDENTITY, rest="GET boards", untrusted=("boards[].name", "boards[].description"))
def list_boards(caller: Caller, data: ListBoards) -> BoardPage:
    """The boards that exist for you, the one changed last first.

    Errors: VALIDATION_ERROR.
    """
    rows = _viewed(caller, data.view)
    if not data.include_archived:
        rows = rows.filter(archived_at=None)
    found, cursor = page_of(rows.select_related("owner"), ("-updated_at", "-id"), data)
    return {"boards": [summary(board) for board in found], **whole(rows, data, cursor)}


def _viewed(caller: Caller, view: str) -> "QuerySet[Board]":
    visible = visible_boards(caller)
    if view == "all":
        return visible
    if caller.kind is Kind.AGENT:
        return visible if view == "my" else visible.none()
    if view == "shared":
        return visible.filter(shares__user_id=caller.user_pk) if caller.user_pk is not None else visible.none()
    return visible.filter(Q(owner_id=caller.user_pk) if caller.user_pk else Q(owner__username=auth.LOCAL_OPERATOR))


class MyBoard(TypedDict):
    id: str
    name: str
    description: str
    slug: str


class MyBoards(Following):
    agent_id: str
    agent_name: str
    boards: list[MyBoard]


@boards.catalog.operation(needs=IDENTITY, untrusted=("boards[].name", "boards[].description"))
def list_my_boards(caller: Caller, data: Paged) -> MyBoards:
    """The boards that you may work on, by name.

    Errors: VALIDATION_ERROR, AUTH_REQUIRED.
    """
    found, cursor = page_of(visible_boards(caller).filter(archived_at=None), ("name", "id"), data)
    return {
        "agent_id": id_of(caller),
        "agent_name": caller.name,
        "boards": [
            {"id": str(board.pk), "name": board.name, "description": board.description, "slug": board.slug}
            for board in found
        ],
        "next_cursor": cursor,
    }


@boards.operation(needs="board.read", rest="GET boards/<str:board_id>/summary", untrusted=("name", "description"))
def get_board_summary(call: BoardCall, data: OnBoard) -> BoardSummary:
    """One board without what is on it.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return summary(call.board)
