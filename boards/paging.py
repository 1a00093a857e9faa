"""Lists in pages: by offset as published, or by a cursor that stays right while rows come and go."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypedDict, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from pydantic import Field

from boards.inputs import Cursor, Limit, Offset
from pulse_project.core import body
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
        options = rows.model._meta
        names = [name.lstrip("-") for name in order]
        columns = [options.pk if name == "pk" else options.get_field(name) for name in names]
        ordered = ordered.filter(_beyond(order, _values(cursor, columns)))
        offset = 0
    found = list(ordered[offset : offset + limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    values = [_text(getattr(last, name.lstrip("-"))) for name in order]
    return found[:limit], base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _values(cursor: str, columns: Sequence[Any]) -> list[Any]:
    """The values of a cursor as those columns hold them. Errors: VALIDATION_ERROR."""
    try:
        values = body.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, Failure) as error:
        raise _no_cursor() from error
    if not isinstance(values, list) or len(values) != len(columns):
        raise _no_cursor()
    return [_held(column, value) for column, value in zip(columns, values, strict=True)]


def _held(column: Any, value: Any) -> Any:
    """Whoever asks may have made the cursor: a value that the column cannot hold reaches no query."""
    if type(value) not in {str, int}:
        raise _no_cursor()
    try:
        found = column.to_python(value)
        return _in_utc(found) if isinstance(found, datetime) else found
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise _no_cursor() from error


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


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
