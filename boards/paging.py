"""Lists in pages: by offset as published, or by a cursor that stays right while rows come and go."""

import base64
import json
from typing import Annotated, Any, TypedDict, TypeVar

from django.db.models import Model, Q, QuerySet
from pydantic import Field

from boards.inputs import Cursor, Limit, Offset
from pulse_project.core.errors import Code, Failure

M = TypeVar("M", bound=Model)
PageLimit = Annotated[Limit, Field(description="Rows of the page, 1 to 200.")]


class Page(TypedDict):
    """What every list answers beside its rows. `next_cursor` is null on the last page."""

    total: int
    offset: int
    limit: int
    next_cursor: str | None


def page_of(
    rows: "QuerySet[M]", order: tuple[str, ...], *, offset: Offset, limit: Limit, cursor: Cursor
) -> tuple[list[M], str | None]:
    """One page of rows in an order that ends in a unique column, and the cursor of the next. A cursor wins over offset.

    Errors: VALIDATION_ERROR for a cursor that no page gave.
    """
    ordered = rows.order_by(*order)
    if cursor:
        ordered = ordered.filter(_beyond(order, _values(cursor, len(order))))
        offset = 0
    found = list(ordered[offset : offset + limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    values = [_text(getattr(last, name.lstrip("-"))) for name in order]
    return found[:limit], base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _values(cursor: str, count: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise _no_cursor() from error
    if not isinstance(values, list) or len(values) != count or not all(isinstance(v, str | int) for v in values):
        raise _no_cursor()
    return values


def _no_cursor() -> Failure:
    return Failure(Code.VALIDATION_ERROR, "cursor is none that a page gave. Start without it.", field="cursor")


def _beyond(order: tuple[str, ...], values: list[Any]) -> Q:
    """What comes after the row with those values: the first column beyond, or equal and the rest beyond."""
    name, value = order[0], values[0]
    operator = "lt" if name.startswith("-") else "gt"
    column = name.lstrip("-")
    beyond = Q(**{f"{column}__{operator}": value})
    if len(order) == 1:
        return beyond
    return beyond | (Q(**{column: value}) & _beyond(order[1:], values[1:]))
