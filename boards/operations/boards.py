"""Boards themselves: making, changing, listing."""

from typing import Annotated, Any, TypedDict

from django.contrib.auth import get_user_model
from django.utils.text import slugify
from pydantic import Field

from boards import board_settings, numbering, people
from boards.call import BoardCall
from boards.catalog import boards, everywhere_admin
from boards.inputs import BoardInput, OnBoard, Text
from boards.instants import iso
from boards.models import Board
from boards.people import id_of, id_of_user
from boards.rights import visible_boards
from pulse_project.core import auth, clock, db, outbox
from pulse_project.core.inputs import NoInput
from pulse_project.core.operations import Route
from pulse_project.core.principals import IDENTITY, Caller, Kind

BoardName = Annotated[str, Field(min_length=1, max_length=255)]


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
    preset: str = Field("", description="light, standard or strict: a set of switches to begin with.")


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
    while Board.objects.filter(slug=slug).exists():
        count += 1
        slug = f"{base}-{count}"
    return slug


@everywhere_admin.operation(needs="board.manage.create", writes=True, rest=Route("POST boards", status=201))
def create_board(caller: Caller, data: NewBoard) -> BoardSummary:
    """Make a board. It belongs to the person who makes it; agents come to it by a grant.

    Errors: VALIDATION_ERROR, PERMISSION_DENIED.
    Event: board.created.
    """
    chosen = board_settings.preset(data.preset)
    now = clock.now()
    board = Board.objects.create(
        slug=free_slug(data.name),
        name=data.name.strip(),
        description=data.description,
        owner=owner_of(caller),
        settings=board_settings.merged(chosen, data.settings),
        created_by=id_of(caller),
        created_at=now,
        updated_at=now,
    )
    numbering.open_counters(board)
    outbox.emit(
        "board.created", caller=caller, board_id=board.pk, entity=("board", board.pk), revision=1,
        person=people.id_of(caller), title=board.name,
    )  # fmt: skip
    db.after_commit(auth.forget)
    return summary(board)


class MyBoard(TypedDict):
    id: str
    name: str
    description: str
    slug: str


class MyBoards(TypedDict):
    agent_id: str
    agent_name: str
    boards: list[MyBoard]


@boards.catalog.operation(needs=IDENTITY)
def list_my_boards(caller: Caller, data: NoInput) -> MyBoards:
    """The boards that you may work on, by name."""
    found = visible_boards(caller).filter(archived_at=None).order_by("name", "id")
    return {
        "agent_id": id_of(caller),
        "agent_name": caller.name,
        "boards": [
            {"id": str(board.pk), "name": board.name, "description": board.description, "slug": board.slug}
            for board in found
        ],
    }


@boards.operation(needs="board.read", rest="GET boards/<str:board_id>/summary")
def get_board_summary(call: BoardCall, data: OnBoard) -> BoardSummary:
    """One board without what is on it.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return summary(call.board)
