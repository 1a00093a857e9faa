"""Lists in pages: by offset as published, or by a cursor that stays right while rows come and go."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypedDict, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import Field

from boards import cursors
from boards.inputs import BoardInput, Cursor, Limit, Offset

M = TypeVar("M", bound=Model)
T = TypeVar("T")
Order = tuple[str, ...]  # columns or annotations, `-` before what descends, together unique
PageLimit = Annotated[Limit, Field(description="Rows of the page, 1 to 200.")]


class Paged(BoardInput):
    """Arguments of every list: how many rows, and where the page before ended."""

    limit: PageLimit = 200
    cursor: Cursor = ""


class PagedByOffset(Paged):
    """Those of lists that were published with an offset. A cursor wins over it."""

    offset: Offset = 0
    limit: PageLimit = 50


class Following(TypedDict):
    """What every list answers beside its rows. `next_cursor` is null on the last page."""

    next_cursor: str | None


class Page(Following):
    """What a list with an offset answers beside its rows; `total` counts every page."""

    total: int
    offset: int
    limit: int


def page_of(rows: "QuerySet[M]", order: Order, data: Paged) -> tuple[list[M], str | None]:
    """One page of rows in an order, and the cursor of the next. Load what hangs on rows for these alone.

    Errors: VALIDATION_ERROR for a cursor that no page gave.
    """
    start = 0
    if data.cursor:
        rows = rows.filter(_beyond(rows, order, cursors.parts_of(data.cursor)))
    elif isinstance(data, PagedByOffset):
        start = data.offset
    found = list(rows.order_by(*order)[start : start + data.limit + 1])
    more = len(found) > data.limit
    return found[: data.limit], cursor_after(found[data.limit - 1], order) if more else None


def page_in_turn(lists: Sequence[tuple["QuerySet[Any]", Order]], data: Paged) -> tuple[list[list[Any]], str | None]:
    """One page over several lists, one after the other: what it holds of each, and the cursor of the next page.

    At most one query a list. Errors: VALIDATION_ERROR for a cursor that no page gave.
    """
    found: list[list[Any]] = [[] for _ in lists]
    parts = cursors.parts_of(data.cursor) if data.cursor else [0]
    if not parts or parts[0] not in range(len(lists)):
        raise cursors.not_given()
    place, *values = parts
    room = data.limit
    for at in range(place, len(lists)):
        rows, order = lists[at]
        if at == place and values:
            rows = rows.filter(_beyond(rows, order, values))
        ahead = list(rows.order_by(*order)[: room + 1])
        found[at] = ahead[:room]
        if len(ahead) > room:
            ended = values_of(found[at][-1], order) if room else []
            return found, cursors.made_of([at, *ended])
        room -= len(ahead)
    return found, None


def page_among(rows: Sequence[T], data: Paged, place: Callable[[T], tuple[int, int]]) -> tuple[list[T], str | None]:
    """One page of rows that are loaded already, in the order of their places, which are unique.

    Errors: VALIDATION_ERROR for a cursor that no page gave.
    """
    start = data.offset if isinstance(data, PagedByOffset) else 0
    if data.cursor:
        first, second = cursors.held(cursors.parts_of(data.cursor), [cursors.number] * 2)
        start = sum(place(row) <= (first, second) for row in rows)
    found = list(rows[start : start + data.limit])
    more = start + data.limit < len(rows)
    return found, cursors.made_of(place(found[-1])) if more else None


def whole(rows: "QuerySet[Any]", data: PagedByOffset, next_cursor: str | None) -> Page:
    """What is answered beside the rows of a page; counts all rows."""
    return {"total": rows.count(), "offset": data.offset, "limit": data.limit, "next_cursor": next_cursor}


def as_result(name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The view of an address that was published with the rows alone: as `result`, the next cursor beside them."""
    return lambda answer: {"result": answer[name], "next_cursor": answer["next_cursor"]}


def cursor_after(row: Any, order: Order) -> str:
    """The cursor of what comes after a row."""
    return cursors.made_of(values_of(row, order))


def values_of(row: Any, order: Order) -> list[Any]:
    return [getattr(row, name.lstrip("-")) for name in order]


def _beyond(rows: "QuerySet[Any]", order: Order, parts: list[Any]) -> Q:
    columns = [_column(rows, name.lstrip("-")) for name in order]
    return after(order, cursors.held(parts, map(cursors.in_column, columns)))


def _column(rows: "QuerySet[Any]", name: str) -> Any:
    annotation = rows.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field
    options = rows.model._meta
    return options.pk if name == "pk" else options.get_field(name)


def after(order: Order, values: list[Any]) -> Q:
    """What comes after the row with those values: the first column beyond, or equal and the rest beyond."""
    name, value = order[0], values[0]
    operator = "lt" if name.startswith("-") else "gt"
    column = name.lstrip("-")
    beyond = Q(**{f"{column}__{operator}": value})
    if len(order) == 1:
        return beyond
    return beyond | (Q(**{column: value}) & after(order[1:], values[1:]))
