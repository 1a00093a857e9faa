"""The caller's own catalogue of guidelines, for people. With a board_id the catalogue of that board's owner."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from boards import guidelines as writing
from boards.call import open_on
from boards.catalog import everywhere_people
from boards.guidelines import Shelf
from boards.inputs import BoardInput, Id
from boards.location import board_named
from boards.operations.guidelines import (
    LISTED,
    TEXTS,
    CatalogueInput,
    Done,
    GuidelinePage,
    GuidelineTexts,
    NewGuidelineTexts,
    page,
)
from boards.queries import guidelines as queries
from boards.queries.guidelines import GuidelineRow
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from pulse_project.core.principals import IDENTITY, Caller, Kind

PEOPLE = frozenset({Kind.USER, Kind.LOCAL})
Board = Annotated[str, Field(max_length=80, description="Id or address of a board; empty = your own catalogue.")]


def _shelf(caller: Caller, board_id: str, flag: str) -> Shelf:
    """People do as they like in their own catalogue; on a board it takes the flag."""
    if not board_id:
        if caller.kind not in PEOPLE:
            raise Failure(
                Code.VALIDATION_ERROR, "board_id is required: only people have a catalogue.", field="board_id"
            )
        return writing.of_person(caller)
    call = open_on(caller, board_named(board_id))
    call.demand(flag)
    return writing.of_board(call)


class ListCatalogue(CatalogueInput):
    board_id: Board = ""


@everywhere_people.operation(needs=IDENTITY, rest="GET guidelines", untrusted=LISTED)
def list_guideline_catalogue(caller: Caller, data: ListCatalogue) -> GuidelinePage:
    """A catalogue of global guidelines, by title.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return page(_shelf(caller, data.board_id, "guidelines.read").owner_id, data)


class NewCatalogueGuideline(GuidelineTexts):
    board_id: Board = ""
    scope: Literal["global", "inline"] = "global"

    @model_validator(mode="after")
    def _inline_needs_a_board(self) -> "NewCatalogueGuideline":
        if self.scope == "inline" and not self.board_id:
            raise ValueError("scope inline needs a board_id")
        return self


@everywhere_people.operation(needs=IDENTITY, writes=True, rest=Route("POST guidelines", status=201), untrusted=TEXTS)
def create_catalogue_guideline(caller: Caller, data: NewCatalogueGuideline) -> GuidelineRow:
    """Write a guideline into a catalogue, or with scope inline onto a board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: guideline.created.
    """
    shelf = _shelf(caller, data.board_id, "guidelines.create")
    texts = {"title": data.title, "content": data.content, "tags": data.tags}
    return queries.row(writing.create(shelf, inline=data.scope == "inline", **texts))


class NamedGuideline(BoardInput):
    guideline_id: Id
    board_id: Board = ""


@everywhere_people.operation(needs=IDENTITY, rest="GET guidelines/<str:guideline_id>", untrusted=TEXTS)
def get_guideline(caller: Caller, data: NamedGuideline) -> GuidelineRow:
    """One guideline of a catalogue, or with a board_id also an inline one of the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return queries.row(_shelf(caller, data.board_id, "guidelines.read").find(data.guideline_id))


class UpdateNamedGuideline(NamedGuideline, NewGuidelineTexts):
    pass


@everywhere_people.operation(needs=IDENTITY, writes=True, rest="PATCH guidelines/<str:guideline_id>", untrusted=TEXTS)
def update_catalogue_guideline(caller: Caller, data: UpdateNamedGuideline) -> GuidelineRow:
    """Change a guideline of a catalogue, or with a board_id also an inline one of the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: guideline.updated.
    """
    shelf = _shelf(caller, data.board_id, "guidelines.edit")
    return queries.row(writing.update(shelf, data.guideline_id, data.changes(), data.expected_version))


@everywhere_people.operation(needs=IDENTITY, writes=True, destructive=True, rest="DELETE guidelines/<str:guideline_id>")
def delete_catalogue_guideline(caller: Caller, data: NamedGuideline) -> Done:
    """Delete a guideline of a catalogue with its links, or with a board_id also an inline one of the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: guideline.deleted.
    """
    writing.delete(_shelf(caller, data.board_id, "guidelines.delete"), data.guideline_id)
    return {"success": True}
