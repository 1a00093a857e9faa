"""Cursors of lists: the values of the last row that a page held, as one opaque text."""

import base64
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError

from boards.inputs import MAX_OFFSET
from pulse_project.core import body
from pulse_project.core.errors import Code, Failure

Hold = Callable[[Any], Any]  # what a cursor says to what is compared with rows; ValueError for what cannot be


def made_of(values: Iterable[Any]) -> str:
    """The cursor that holds these values: texts, numbers, moments, ids."""
    text = json.dumps([_said(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _said(value: Any) -> int | str:
    if isinstance(value, int):
        return int(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def parts_of(cursor: str) -> list[Any]:
    """What a cursor holds, as texts and numbers. Errors: VALIDATION_ERROR for what is no cursor."""
    try:
        values = body.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, Failure) as error:
        raise not_given() from error
    if not isinstance(values, list) or any(type(value) not in {str, int} for value in values):
        raise not_given()
    return values


def held(values: list[Any], holds: Iterable[Hold]) -> list[Any]:
    """Those values as rows have them. Whoever asks may have made the cursor: what no row can have reaches no query.

    Errors: VALIDATION_ERROR.
    """
    try:
        return [hold(value) for hold, value in zip(holds, values, strict=True)]
    except (ValidationError, TypeError, ValueError, OverflowError) as error:
        raise not_given() from error


def in_column(column: Any) -> Hold:
    """Values of a column of a model, or of the output of an annotation."""

    def hold(value: Any) -> Any:
        found = column.to_python(value)
        return _in_utc(found) if isinstance(found, datetime) else found

    return hold


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC)


def number(value: Any) -> int:
    """A place in a list."""
    if not isinstance(value, int) or not 0 <= value <= MAX_OFFSET:
        raise ValueError("no place in a list")
    return value


def not_given() -> Failure:
    return Failure(Code.VALIDATION_ERROR, "cursor is none that a page gave. Start without it.", field="cursor")
