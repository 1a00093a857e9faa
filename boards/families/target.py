"""What tells the members of a family of operations apart, and how a member is declared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, create_model

from boards.catalog import BoardCatalog
from boards.inputs import BoardInput, OnObject
from boards.models import Entity


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of object whose questions are asked and answered by operations of one pattern.

    `delete_flag` lets anybody's question be deleted, `own_flag` the asker's own (empty = no flag is asked).
    `names_object`: answers and deletions name the object beside the question. `listing`: the type of the list, for
    kinds whose questions may offer options and are listed by an operation of their own.
    """

    kind: str
    model: type[Entity]
    catalog: BoardCatalog
    people: BoardCatalog
    rest: str  # "specs/<str:spec_id>/qa"
    delete_flag: str
    own_flag: str
    infix: str  # "spec_" in ask_spec_question
    names_object: bool = True
    listing: Any = None

    @property
    def has_choices(self) -> bool:
        return self.listing is not None

    @property
    def id_name(self) -> str:
        return f"{self.kind}_id"

    @property
    def answer_rest(self) -> str:
        """The address below which one question has its own."""
        return f"{self.rest}/<str:qa_id>" if self.names_object else "qa/<str:qa_id>"

    def flag(self, verb: str) -> str:
        return f"{self.kind}.qa.{verb}"


def arguments(
    name: str, fields: Mapping[str, Any], *mixins: type[BoardInput], base: type[BoardInput] = OnObject
) -> type[BaseModel]:
    """An input on an object with these fields, `{name: (type, default)}`, `...` = required, and those of the mixins."""
    named: dict[str, Any] = dict(fields)
    made: type[BaseModel] = create_model(name, __base__=(*mixins, base), **named)
    return made


def declare(
    catalog: BoardCatalog, function: Callable[..., Any], name: str, doc: str, takes: type[BaseModel], **options: Any
) -> None:
    """Register a member: `function` under a name, a docstring and an input of its own."""
    function.__doc__ = doc
    function.__annotations__["data"] = takes
    catalog.operation(name=name, **options)(function)
