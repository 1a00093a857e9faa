"""Views of board pages that people keep under a name."""

from typing import Annotated, Any, TypedDict

from pydantic import Field, JsonValue

from boards import location
from boards.call import BoardCall, check_revision
from boards.catalog import people
from boards.inputs import UNCHANGED, ExpectedVersion, OnBoard, changes_of
from boards.instants import iso
from boards.keeping import bounded, store
from boards.models import SavedView
from boards.paging import Following, Paged, page_of
from pulse_project.core import clock
from pulse_project.core.operations import Route

Name = Annotated[str, Field(min_length=1, max_length=200)]
SavedId = Annotated[str, Field(min_length=1, max_length=40)]


class ViewRow(TypedDict):
    id: str
    name: str
    shared: bool
    view: dict[str, Any]
    revision: int
    created_at: str | None
    updated_at: str | None


class ListViews(Paged, OnBoard):
    pass


class ViewList(Following):
    """A page of views; `count` is the number of all."""

    board_id: str
    count: int
    saved_views: list[ViewRow]


class Deleted(TypedDict):
    success: bool
    id: str


def _view_row(row: SavedView) -> ViewRow:
    return {
        "id": str(row.pk), "name": row.name, "shared": not row.owner_id, "view": row.view, "revision": row.revision,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    }  # fmt: skip


@people.operation(needs="board.read", rest="GET boards/<str:board_id>/views")
def list_saved_views(call: BoardCall, data: ListViews) -> ViewList:
    """Your views of a board and those that everybody shares, by name.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    rows = SavedView.objects.filter(board=call.board, owner_id__in=["", call.person])
    found, cursor = page_of(rows, ("name", "pk"), data)
    return {
        "board_id": str(call.board.pk),
        "count": rows.count(),
        "saved_views": [_view_row(row) for row in found],
        "next_cursor": cursor,
    }


class NewView(OnBoard):
    name: Name
    view: dict[str, JsonValue] = Field(description="Filters and columns, as the page keeps them.")
    shared: bool = Field(False, description="For everybody on the board.")


@people.operation(
    needs="board.read",
    may_need=["board.manage.edit"],
    writes=True,
    rest=Route("POST boards/<str:board_id>/views", status=201),
)
def create_saved_view(call: BoardCall, data: NewView) -> ViewRow:
    """Keep a view of a board, for yourself or, with the right to change the board, for everybody.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE, LIMIT_EXCEEDED, CONTENT_TOO_LARGE.
    Event: saved_view.created.
    """
    if data.shared:
        call.demand("board.manage.edit")
    owner = "" if data.shared else call.person
    row = SavedView(board=call.board, name=data.name.strip(), owner_id=owner, view=bounded(data.view, "view"))
    store(row, is_new=True)
    _tell(call, "created", row)
    return _view_row(row)


def _tell(call: BoardCall, verb: str, row: SavedView) -> None:
    """Everybody on the board reads of it; how somebody calls a view of their own concerns nobody else."""
    shared = not row.owner_id
    named = {"name": row.name} if shared else {}
    call.tell_board(f"saved_view.{verb}", saved_view_id=str(row.pk), shared=shared, **named)


class OneView(OnBoard):
    saved_view_id: SavedId


class ViewChange(OneView):
    name: Annotated[Name, UNCHANGED] = ""
    view: dict[str, JsonValue] = Field(default={})
    expected_version: ExpectedVersion = None


def _view(call: BoardCall, text: str) -> SavedView:
    pk = location.uuid_of(text)
    rows = SavedView.objects.select_for_update().filter(board=call.board, owner_id__in=["", call.person])
    row = rows.filter(pk=pk).first() if pk else None
    if row is None:
        raise location.not_found("saved view", "saved_view_id")
    if not row.owner_id:
        call.demand("board.manage.edit")
    return row


@people.operation(
    needs="board.read",
    may_need=["board.manage.edit"],
    writes=True,
    rest="PATCH boards/<str:board_id>/views/<str:saved_view_id>",
)
def update_saved_view(call: BoardCall, data: ViewChange) -> ViewRow:
    """Change a view; one that everybody shares needs the right to change the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE, VERSION_CONFLICT, CONTENT_TOO_LARGE.
    Event: saved_view.updated.
    """
    row = _view(call, data.saved_view_id)
    check_revision(data.expected_version, row.revision, "saved view")
    for name, value in changes_of(data, ("name", "view")).items():
        setattr(row, name, bounded(value, name) if name == "view" else value.strip())
    row.revision += 1
    row.updated_at = clock.now()
    store(row, is_new=False)
    _tell(call, "updated", row)
    return _view_row(row)


@people.operation(
    needs="board.read",
    may_need=["board.manage.edit"],
    writes=True,
    destructive=True,
    rest="DELETE boards/<str:board_id>/views/<str:saved_view_id>",
)
def delete_saved_view(call: BoardCall, data: OneView) -> Deleted:
    """Forget a view; one that everybody shares needs the right to change the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: saved_view.deleted.
    """
    row = _view(call, data.saved_view_id)
    _tell(call, "deleted", row)
    answer: Deleted = {"success": True, "id": str(row.pk)}
    row.delete()
    return answer
