"""How much of an object an answer holds: a summary or everything, or only the keys that the caller names."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import Field

from boards.inputs import BoardInput, Values
from pulse_project.core.errors import Code, Failure

Detail = Annotated[Literal["summary", "full"], Field(description="summary leaves out long texts and nested rows.")]
Fields = Annotated[Values, Field(max_length=60, description="Keep only these top-level keys and id; empty = all.")]
Row = TypeVar("Row", bound=Mapping[str, Any])
Shape = TypeVar("Shape", bound=type)


class Shaped(BoardInput):
    """Arguments of a read that answers everything unless it is asked for less."""

    detail: Detail = "full"
    fields: Fields = Field(default=[])


class ShapedRows(BoardInput):
    """Arguments of a list that answers summaries unless it is asked for more."""

    detail: Detail = "summary"
    fields: Fields = Field(default=[])


def kept(data: Shaped | ShapedRows, known: Collection[str], summary: Collection[str]) -> frozenset[str]:
    """The keys that the answer shall hold: look here before loading what nobody asked for.

    `known` are all keys of the answer, `summary` those of its summary. Named fields win over `detail`.
    Errors: VALIDATION_ERROR naming what is known.
    """
    unknown = [name for name in data.fields if name not in known]
    if unknown:
        raise Failure(
            Code.VALIDATION_ERROR, f"fields takes keys of the answer: {', '.join(sorted(known))}.",
            field="fields", known=sorted(known),
        )  # fmt: skip
    if data.fields:
        return frozenset({"id", *data.fields})
    return frozenset(known) if data.detail == "full" else frozenset(summary)


def narrowed(shape: Shape) -> Shape:
    """Declare a typed dictionary that is answered in part: `id` is certain, every other key is there if asked for."""
    shape.__required_keys__ = frozenset({"id"})  # type: ignore[attr-defined]  # where typed dictionaries keep it
    return shape


def only(row: Row, keys: Collection[str]) -> Row:
    """The row with these keys alone, in its own order."""
    return cast("Row", {name: value for name, value in row.items() if name in keys})  # still a partial row of its type
