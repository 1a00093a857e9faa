"""Options of polls and choice questions: how they are sent, numbered and chosen."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypedDict

from pydantic import AfterValidator, BeforeValidator, Field

from boards.inputs import MAX_SHORT, MAX_TEXT, values_of
from pulse_project.core.errors import Code, Failure

MAX_OPTIONS = 100
SINGLE = "choice"


class Choice(TypedDict):
    id: str
    label: str


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("holds nothing but blanks.")
    return text


def _labels_of(value: Any) -> Any:
    """Labels in every shape of several values; objects with a `label` are taken by it."""
    if isinstance(value, list):
        value = [one["label"] if isinstance(one, Mapping) and "label" in one else one for one in value]
    return values_of(value)


Said = Annotated[str, Field(min_length=1, max_length=MAX_TEXT), AfterValidator(_not_blank)]
Options = Annotated[
    list[Annotated[str, Field(max_length=MAX_SHORT)]],
    BeforeValidator(_labels_of, json_schema_input_type=list[str] | str),
    Field(min_length=1, max_length=MAX_OPTIONS, description="Labels; they become opt_0, opt_1, ... in this order."),
]
Selected = Annotated[
    list[Annotated[str, Field(max_length=80)]],
    BeforeValidator(values_of, json_schema_input_type=list[str] | str),
    Field(max_length=MAX_OPTIONS, description="Ids of options: opt_0."),
]


def numbered(labels: Sequence[str]) -> list[Choice]:
    """The options as they are stored: [{id: "opt_0", label}, ...]."""
    return [{"id": f"opt_{place}", "label": label} for place, label in enumerate(labels)]


def chosen(selected: Sequence[str], choices: Sequence[Choice], kind: str) -> list[str]:
    """What counts of the chosen ids: of a single choice the first, of several each once.

    Errors: VALIDATION_ERROR when one is no option; then nothing counts.
    """
    known = [choice["id"] for choice in choices]
    if any(one not in known for one in selected):
        raise Failure(
            Code.VALIDATION_ERROR,
            f"selected takes ids of options: {', '.join(known[:20]) or 'there are none'}.",
            field="selected",
            known=known,
        )
    kept = list(dict.fromkeys(selected))
    return kept[:1] if kind == SINGLE else kept
