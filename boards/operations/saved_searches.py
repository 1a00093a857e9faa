"""Searches that people keep under a name."""

from typing import Annotated, Any, TypedDict

from pydantic import Field, JsonValue

from boards import location
from boards.call import BoardCall
from boards.catalog import people
from boards.inputs import UNCHANGED, OnBoard, changes_of
from boards.instants import iso
from boards.keeping import bounded, store
from boards.models import SavedSearch
from boards.paging import Following, Paged, page_of
from pulse_project.core import clock
from pulse_project.core.operations import Route

Name = Annotated[str, Field(min_length=1, max_length=200)]
SavedId = Annotated[str, Field(min_length=1, max_length=40)]


class SearchRow(TypedDict):
    id: str
    name: str
    query: str
    filters: dict[str, Any]
    created_by: str
    created_at: str | None
    updated_at: str | None


class ListSearches(Paged, OnBoard):
    pass


class SearchList(Following):
    """A page of searches; `count` is the number of all."""

    board_id: str
    count: int
    saved_searches: list[SearchRow]


class Deleted(TypedDict):
    success: bool
    id: str


def _search_row(row: SavedSearch) -> SearchRow:
    return {
        "id": str(row.pk), "name": row.name, "query": row.query, "filters": row.filters, "created_by": row.created_by,
        "created_at": iso(row.created_at), "updated_at": iso(row.updated_at),
    }  # fmt: skip


@people.operation(needs="board.read", rest="GET discovery/boards/<str:board_id>/saved-searches")
def list_saved_searches(call: BoardCall, data: ListSearches) -> SearchList:
    """The searches that are kept on a board, by name.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    rows = SavedSearch.objects.filter(board=call.board)
    found, cursor = page_of(rows, ("name", "pk"), data)
    return {
        "board_id": str(call.board.pk),
        "count": rows.count(),
        "saved_searches": [_search_row(row) for row in found],
        "next_cursor": cursor,
    }


class NewSearch(OnBoard):
    name: Name
    query: str = Field("", max_length=500)
    filters: dict[str, JsonValue] = Field(default={})


@people.operation(
    needs="board.read",
    writes=True,
    rest=Route("POST discovery/boards/<str:board_id>/saved-searches", status=201),
)
def create_saved_search(call: BoardCall, data: NewSearch) -> SearchRow:
    """Keep a search on a board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE, LIMIT_EXCEEDED, CONTENT_TOO_LARGE.
    Event: saved_search.created.
    """
    row = SavedSearch(
        board=call.board, name=data.name.strip(), query=data.query, filters=bounded(data.filters, "filters"),
        created_by=call.person,
    )  # fmt: skip
    store(row, is_new=True)
    call.tell_board("saved_search.created", saved_search_id=str(row.pk), name=row.name)
    return _search_row(row)


class OneSearch(OnBoard):
    saved_search_id: SavedId


class SearchChange(OneSearch):
    name: Annotated[Name, UNCHANGED] = ""
    query: str = Field("", max_length=500)
    filters: dict[str, JsonValue] = Field(default={})


def _search(call: BoardCall, text: str) -> SavedSearch:
    pk = location.uuid_of(text)
    row = SavedSearch.objects.select_for_update().filter(board=call.board, pk=pk).first() if pk else None
    if row is None:
        raise location.not_found("saved search", "saved_search_id")
    if row.created_by != call.person:
        call.demand("board.manage.edit")
    return row


@people.operation(
    needs="board.read",
    may_need=["board.manage.edit"],
    writes=True,
    rest="PATCH discovery/boards/<str:board_id>/saved-searches/<str:saved_search_id>",
)
def update_saved_search(call: BoardCall, data: SearchChange) -> SearchRow:
    """Change a search that you keep; somebody else's needs the right to change the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE, CONTENT_TOO_LARGE.
    Event: saved_search.updated.
    """
    row = _search(call, data.saved_search_id)
    for name, value in changes_of(data, ("name", "query", "filters")).items():
        setattr(row, name, bounded(value, name) if name == "filters" else value.strip())
    row.updated_at = clock.now()
    store(row, is_new=False)
    call.tell_board("saved_search.updated", saved_search_id=str(row.pk), name=row.name)
    return _search_row(row)


@people.operation(
    needs="board.read",
    may_need=["board.manage.edit"],
    writes=True,
    destructive=True,
    rest="DELETE discovery/boards/<str:board_id>/saved-searches/<str:saved_search_id>",
)
def delete_saved_search(call: BoardCall, data: OneSearch) -> Deleted:
    """Forget a search that you keep; somebody else's needs the right to change the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: saved_search.deleted.
    """
    row = _search(call, data.saved_search_id)
    call.tell_board("saved_search.deleted", saved_search_id=str(row.pk), name=row.name)
    answer: Deleted = {"success": True, "id": str(row.pk)}
    row.delete()
    return answer
