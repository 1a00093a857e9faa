"""Arguments that write items of a spec: lists of requirements, links, texts that a word empties, JSON documents."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from boards.inputs import CLEAR, MAX_ITEMS, MAX_TEXT, MAX_TITLE, UNCHANGED, values_of
from pulse_project.core import body
from pulse_project.core.errors import Code, Failure

# Answers repeat the texts of linked statements beside whatever links to them.
MAX_STATEMENT = 10_000  # characters of a requirement or criterion
MAX_LINKS = 100  # of one item

FORMS = "0-based index, id (fr_...), reference (FR-1) or exact text"


def parsed(text: str) -> Any:
    """A text that begins like a JSON list as that list, any other in the shapes of several values.

    Errors: VALIDATION_ERROR.
    """
    if not text.strip().startswith("["):
        return values_of(text)
    try:
        return body.loads(text)
    except Failure as error:
        raise ValueError(f"begins like a JSON list and is none. {error.message}") from error


def _names(value: Any) -> Any:
    """The accepted shapes of links: a list of indices and texts, JSON text of one, `"0|1"`, or one bare value.

    Errors: VALIDATION_ERROR for booleans and anything that is neither number nor text.
    """
    if value is None or value == CLEAR:
        return []
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if isinstance(value, str):
        value = parsed(value)
    if not isinstance(value, list):
        raise ValueError("takes a list.")
    for place, item in enumerate(value):
        if isinstance(item, bool) or not isinstance(item, int | str):
            raise ValueError(f"takes indices and texts; item {place} is neither.")
    return [item for item in value if str(item).strip() not in {"", CLEAR}]


_NAMES = BeforeValidator(_names, json_schema_input_type=list[int | str] | int | str | None)
_Name = int | Annotated[str, Field(max_length=MAX_TEXT)]
Links = Annotated[list[_Name], _NAMES, Field(max_length=MAX_LINKS, description=f"Each by {FORMS}.")]
NewLinks = Annotated[
    list[_Name],
    UNCHANGED,
    _NAMES,
    Field(max_length=MAX_LINKS, description=f'Each by {FORMS}; "" = unchanged, null, [] or CLEAR = none.'),
]


class ListItem(BaseModel):
    """A requirement or criterion in a list: a bare text, or an object that may say which item it is.

    The other keys of an answer may be sent back; they are read-only here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_STATEMENT)]
    id: Annotated[str, Field(max_length=80, description="Id or reference of the item that this is.")] = ""
    linked_requirements: Links | None = Field(None, description="Not on functional requirements.")
    ref: Annotated[str, Field(max_length=80)] = ""
    revision: Annotated[int | None, Field(exclude=True)] = None
    links: Annotated[list[Any] | None, Field(exclude=True)] = None
    linked_task_ids: Annotated[list[Any] | None, Field(exclude=True)] = None


def _is_blank(item: Any) -> bool:
    return isinstance(item, str) and not item.strip()


def _listed(value: Any) -> Any:
    """Every accepted shape as a list of objects. Errors: VALIDATION_ERROR, LIMIT_EXCEEDED."""
    if value is None:
        return []
    if isinstance(value, str):
        value = parsed(value)
    if not isinstance(value, list):
        raise ValueError("takes a list of texts or of {id, text}.")
    kept = [{"text": item} if isinstance(item, str) else item for item in value if not _is_blank(item)]
    if len(kept) > MAX_ITEMS:
        raise Failure(Code.LIMIT_EXCEEDED, f"A list holds at most {MAX_ITEMS} items.", limit=MAX_ITEMS)
    return kept


ItemList = Annotated[
    list[ListItem],
    BeforeValidator(_listed, json_schema_input_type=list[str | ListItem] | str),
    Field(description='Texts, or {id, text}: ["first, with a comma", "second"].'),
]
NewItemList = Annotated[
    list[ListItem],
    UNCHANGED,
    BeforeValidator(_listed, json_schema_input_type=list[str | ListItem] | str | None),
    Field(
        description="The whole list, as texts or {id, text}; "
        'with id an item may be reworded and moved at once. "" = unchanged, null or [] = empty.'
    ),
]


def _cleared(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip() == CLEAR else value


_CLEARABLE = '"" = unchanged, null or CLEAR = empty.'
# Titles and texts that an item cannot be without.
NewItemTitle = Annotated[str, UNCHANGED, Field(min_length=1, max_length=MAX_TITLE, description='"" = unchanged.')]
NewItemText = Annotated[str, UNCHANGED, Field(min_length=1, max_length=MAX_TEXT, description='"" = unchanged.')]
ClearableText = Annotated[
    Annotated[str, Field(max_length=MAX_TEXT)] | None,
    UNCHANGED,
    BeforeValidator(_cleared),
    Field(description=_CLEARABLE),
]
ClearableId = Annotated[
    Annotated[str, Field(max_length=80)] | None, UNCHANGED, BeforeValidator(_cleared), Field(description=_CLEARABLE)
]


def _values(value: Any) -> Any:
    return [] if _cleared(value) is None else values_of(value)


ClearableValues = Annotated[
    list[Annotated[str, Field(max_length=MAX_TEXT)]],
    UNCHANGED,
    BeforeValidator(_values, json_schema_input_type=list[str] | str | None),
    Field(max_length=MAX_ITEMS, description=_CLEARABLE),
]


def document_of(value: Any) -> Any:
    """A JSON value, or the value of its text; null for the word CLEAR. Errors: VALIDATION_ERROR."""
    value = _cleared(value)
    if not isinstance(value, str):
        return value
    if len(value) > MAX_TEXT:
        raise ValueError(f"holds more than {MAX_TEXT} characters.")
    try:
        return body.loads(value) if value.strip() else None
    except Failure as error:
        raise ValueError(f"is no valid JSON. {error.message}") from error


_JSON = BeforeValidator(document_of, json_schema_input_type=dict[str, Any] | str | None)
_JSON_LIST = BeforeValidator(document_of, json_schema_input_type=list[dict[str, Any]] | str | None)
Document = Annotated[dict[str, Any] | None, _JSON, Field(description="A JSON object, or its text.")]
_Documents = Annotated[list[dict[str, Any]], Field(max_length=100)]
Documents = Annotated[_Documents | None, _JSON_LIST, Field(description="A list of JSON objects, or its text.")]
NewDocument = Annotated[dict[str, Any] | None, UNCHANGED, _JSON, Field(description=f"A JSON object. {_CLEARABLE}")]
NewDocuments = Annotated[
    _Documents | None, UNCHANGED, _JSON_LIST, Field(description=f"A list of JSON objects. {_CLEARABLE}")
]
