"""The catalogue of guidelines that a board draws on: that of its owner, and the board's inline ones."""

from typing import Annotated, Literal, TypedDict

from pydantic import Field

from boards import guidelines as writing
from boards.call import BoardCall
from boards.catalog import boards
from boards.inputs import (
    MAX_TEXT,
    UNCHANGED,
    BoardInput,
    ExpectedVersion,
    Id,
    Labels,
    NewLabels,
    NewTitle,
    OnBoard,
    RequiredText,
    Title,
    changes_of,
)
from boards.paging import Page, PagedByOffset, page_of, whole
from boards.queries import guidelines as queries
from boards.queries.guidelines import GuidelineRow

Tag = Annotated[str, Field(max_length=100, description="Only guidelines with this tag; empty = all.")]
NewContent = Annotated[str, UNCHANGED, Field(min_length=1, max_length=MAX_TEXT, description='"" = unchanged.')]
TEXTS = ("title", "content", "tags")
LISTED = tuple(f"guidelines[].{name}" for name in TEXTS)
ORDER = ("title", "id")


class CatalogueInput(PagedByOffset):
    tag: Tag = ""


class ListGuidelines(OnBoard, CatalogueInput):
    pass


class GuidelinePage(Page):
    """`count` is the number of rows of this page."""

    count: int
    guidelines: list[GuidelineRow]


def page(owner_id: str, data: CatalogueInput) -> GuidelinePage:
    """One page of an owner's catalogue, by title."""
    rows = queries.catalogue(owner_id, data.tag)
    found, cursor = page_of(rows, ORDER, data)
    return {
        "count": len(found),
        "guidelines": [queries.row(guideline) for guideline in found],
        **whole(rows, data, cursor),
    }


@boards.operation(needs="guidelines.read", untrusted=LISTED)
def list_guidelines(call: BoardCall, data: ListGuidelines) -> GuidelinePage:
    """The global guidelines of the board's owner, by title; whether one holds here is another question.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    return page(queries.owner_of(call.board), data)


class GuidelineTexts(BoardInput):
    title: Title
    content: RequiredText
    tags: Labels = Field([])


class CreateGuideline(OnBoard, GuidelineTexts):
    scope: Literal["global", "inline"] = Field("global", description="global: in the owner's catalogue; inline: here.")


@boards.operation(needs="guidelines.create", writes=True, untrusted=TEXTS)
def create_guideline(call: BoardCall, data: CreateGuideline) -> GuidelineRow:
    """Write a guideline: an inline one holds on this board at once, a global one where it is linked.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: guideline.created.
    """
    made = writing.create(
        writing.of_board(call), inline=data.scope == "inline", title=data.title, content=data.content, tags=data.tags
    )
    return queries.row(made)


class NewGuidelineTexts(BoardInput):
    title: NewTitle = ""
    content: NewContent = ""
    tags: NewLabels = Field([])
    expected_version: ExpectedVersion = None

    def changes(self) -> dict[str, object]:
        """What the call changes; null empties the tags."""
        changes = changes_of(self, TEXTS)
        return {**changes, "tags": changes["tags"] or []} if "tags" in changes else changes


class UpdateGuideline(OnBoard, NewGuidelineTexts):
    guideline_id: Id


@boards.operation(needs="guidelines.edit", writes=True, untrusted=TEXTS)
def update_guideline(call: BoardCall, data: UpdateGuideline) -> GuidelineRow:
    """Change a guideline of the board's owner or of the board. A global one changes wherever it is linked.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT.
    Event: guideline.updated.
    """
    shelf = writing.of_board(call)
    return queries.row(writing.update(shelf, data.guideline_id, data.changes(), data.expected_version))


class OneGuideline(OnBoard):
    guideline_id: Id


class Done(TypedDict):
    success: bool


@boards.operation(needs="guidelines.delete", writes=True, destructive=True)
def delete_guideline(call: BoardCall, data: OneGuideline) -> Done:
    """Delete a guideline of the board's owner or of the board. A global one ends wherever it is linked.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: guideline.deleted.
    """
    writing.delete(writing.of_board(call), data.guideline_id)
    return {"success": True}
