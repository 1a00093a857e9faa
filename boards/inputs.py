"""Shared input types of boards and specs: what published clients send, with the bounds of every text.

`""` means "not given" wherever something is changed; null (and the word CLEAR where it was published) empties it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from pulse_project.core import body
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import LenientInput

MAX_TITLE = 500
MAX_TEXT = 100_000  # characters of any one long text
MAX_SHORT = 4_000
MAX_ITEMS = 500
MAX_LABELS = 50
MAX_OFFSET = 10**9  # beyond every list; databases take no offset that is not a 64-bit number
CLEAR = "CLEAR"


def values_of(value: Any) -> Any:
    """The published shapes of several values: a list, JSON text of a list, `"a|b"`, or one bare value.

    Errors: VALIDATION_ERROR for broken JSON, items that are no text, and a comma where a separator was meant.
    """
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return _texts(value)
    if not isinstance(value, str):
        raise _wrong("takes a list of texts.")
    text = value.strip()
    if text.startswith("["):
        return _texts(_json_list(text))
    if "|" in text:
        return [part for part in (piece.strip().replace("\\n", "\n") for piece in text.split("|")) if part]
    if "," in text:
        raise _wrong('holds a comma and no separator. Send a list: ["first, with a comma", "second"].')
    return [text] if text else []


def _json_list(text: str) -> list[Any]:
    try:
        value = body.loads(text)
    except Failure as error:
        raise _wrong(f"begins like a JSON list and is none. {error.message}") from error
    if not isinstance(value, list):
        raise _wrong("takes a JSON list.")
    return value


def _texts(items: list[Any]) -> list[str]:
    for place, item in enumerate(items):
        if not isinstance(item, str):
            raise _wrong(f"takes texts; item {place} is none.")
    return [item.strip() for item in items if item.strip()]


def _values_or_none(value: Any) -> Any:
    return None if value is None else values_of(value)


def _wrong(problem: str) -> ValueError:
    return ValueError(problem)


def _json_text(value: Any) -> Any:
    if isinstance(value, str) and value.strip():
        try:
            return body.loads(value)
        except Failure as error:
            raise _wrong(f"is no valid JSON. {error.message}") from error
    return None if value == "" else value


@dataclass(frozen=True)
class Unset:
    """Marks an argument for which these values mean "not given": they never reach the input."""

    values: tuple[Any, ...] = ("",)


UNCHANGED = Unset()
NO_NUMBER = Unset(("", -1, "-1"))

BoardId = Annotated[str, Field(min_length=1, max_length=80, description="Id or address of a board.")]
Id = Annotated[
    str, Field(min_length=1, max_length=80, description="Id, or reference like C-12 together with board_id.")
]
MaybeId = Annotated[str, Field(max_length=80, description="Id or reference; empty = none.")]
Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]
RequiredText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
NewText = Annotated[str | None, UNCHANGED, Field(max_length=MAX_TEXT, description='"" = unchanged, null = empty.')]
NewTitle = Annotated[str, UNCHANGED, Field(min_length=1, max_length=MAX_TITLE, description='"" = unchanged.')]
NewPerson = Annotated[
    str | None, UNCHANGED, Field(max_length=160, description='Id of an agent or person; "" = unchanged, null = nobody.')
]
NewFlag = Annotated[bool | None, UNCHANGED, Field(description='"" = unchanged.')]
NewNumber = Annotated[int | None, NO_NUMBER, Field(description="-1 = not given.")]
Values = Annotated[
    list[Annotated[str, Field(max_length=MAX_TEXT)]],
    BeforeValidator(values_of, json_schema_input_type=list[str] | str),
    Field(max_length=MAX_ITEMS),
]
NewValues = Annotated[
    Annotated[list[Annotated[str, Field(max_length=MAX_TEXT)]], Field(max_length=MAX_ITEMS)] | None,
    UNCHANGED,
    BeforeValidator(_values_or_none, json_schema_input_type=list[str] | str | None),
    Field(description='"" = unchanged, null or [] = empty.'),
]
Labels = Annotated[
    list[Annotated[str, Field(max_length=100)]],
    BeforeValidator(values_of, json_schema_input_type=list[str] | str),
    Field(max_length=MAX_LABELS),
]
NewLabels = Annotated[
    Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=MAX_LABELS)] | None,
    UNCHANGED,
    BeforeValidator(_values_or_none, json_schema_input_type=list[str] | str | None),
    Field(description='"" = unchanged, null or [] = empty.'),
]
Json = Annotated[Any, BeforeValidator(_json_text)]  # a value, or JSON text of one
Limit = Annotated[int, Field(ge=1, le=200, description="At most this many, 1 to 200.")]
Offset = Annotated[int, Field(ge=0), AfterValidator(lambda offset: min(offset, MAX_OFFSET))]
Cursor = Annotated[  # a title may be part of it, in base64 of UTF-8
    str, Field(max_length=4_000, description="next_cursor of the page before; empty = the first page.")
]
ExpectedVersion = Annotated[
    int | None, UNCHANGED, Field(description="Refuse with VERSION_CONFLICT unless this is still the revision.")
]


class BoardInput(LenientInput):
    """Arguments of boards and specs. An argument that is marked `Unset` and holds such a value counts as absent.

    Texts of numbers are numbers, but true and false are none.
    """

    @model_validator(mode="before")
    @classmethod
    def _drop_what_is_not_given(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        for name in _numbers_of(cls):
            if isinstance(given.get(name), bool):
                raise Failure(Code.VALIDATION_ERROR, f"{name} takes a number.", field=name)
        unset = _unset_of(cls)
        return {
            name: value
            for name, value in given.items()
            if name not in unset
            or not any(value is one or (type(value) is type(one) and value == one) for one in unset[name])
        }


@lru_cache(maxsize=1024)
def _unset_of(model: type[BaseModel]) -> Mapping[str, tuple[Any, ...]]:
    return {
        name: mark.values
        for name, info in model.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Unset)
    }


@lru_cache(maxsize=1024)
def _numbers_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The arguments that take a number and no boolean."""
    return tuple(
        name
        for name, info in model.model_fields.items()
        if int in (types := {info.annotation, *get_args(info.annotation)}) and bool not in types
    )


class OnBoard(BoardInput):
    """Arguments of a call that names its board."""

    board_id: BoardId


class OnObject(BoardInput):
    """Arguments of a call on an object: its id tells the board when `board_id` is left out."""

    board_id: Annotated[
        str, Field(max_length=80, description="Id or address of the board; needed with a reference.")
    ] = ""


def changes_of(data: BaseModel, names: Iterable[str]) -> dict[str, Any]:
    """What a call wants to change: whatever it gives, None where it empties something."""
    return {name: getattr(data, name) for name in names if name in data.model_fields_set}


def one_of(value: str, known: Iterable[str], field: str) -> str:
    """The value; VALIDATION_ERROR naming what is known otherwise."""
    names = list(known)
    if value not in names:
        raise Failure(Code.VALIDATION_ERROR, f"{field} takes one of {', '.join(names)}.", field=field, known=names)
    return value
