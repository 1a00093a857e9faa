"""Which guidelines hold on a board, and in which order they are read."""

from typing import Annotated, TypedDict

from django.db import IntegrityError, transaction
from pydantic import Field

from boards import guidelines as writing
from boards import location
from boards.call import BoardCall
from boards.catalog import boards, people
from boards.inputs import OnBoard
from boards.models import BoardGuideline, Guideline
from boards.operations.guidelines import TEXTS, Done, OneGuideline
from boards.paging import Following, Paged, page_of
from boards.queries import guidelines as queries
from boards.queries.guidelines import BoardGuidelineRow
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route

ADDRESS = "boards/<str:board_id>/guidelines"
Priority = Annotated[int, Field(ge=-1_000_000, le=1_000_000, description="The lowest is read first.")]
IN_FORCE = tuple(f"guidelines[].guideline.{name}" for name in TEXTS)


class ReadGuidelines(Paged, OnBoard):
    pass


class BoardGuidelines(Following):
    """A page of the guidelines of a board; `count` is the number of all."""

    board_id: str
    count: int
    guidelines: list[BoardGuidelineRow]


@boards.operation(needs="guidelines.read", rest=f"GET {ADDRESS}", untrusted=IN_FORCE)
def get_board_guidelines(call: BoardCall, data: ReadGuidelines) -> BoardGuidelines:
    """The guidelines that hold on the board, in the order in which they are to be read: by priority, then by title.

    Linked ones have the priority of their link, inline ones 0.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    rows = queries.holding_on(call.board)
    found, cursor = page_of(rows, ("priority", "title", "id"), data)
    return {
        "board_id": str(call.board.pk),
        "count": rows.count(),
        "guidelines": [queries.board_row(guideline) for guideline in found],
        "next_cursor": cursor,
    }


class LinkGuideline(OneGuideline):
    priority: Priority = 0


class LinkedGuideline(TypedDict):
    success: bool
    board_id: str
    guideline_id: str
    priority: int


@boards.operation(needs="guidelines.link", writes=True, rest=Route(f"POST {ADDRESS}", status=201))
def link_guideline_to_board(call: BoardCall, data: LinkGuideline) -> LinkedGuideline:
    """Let a global guideline of the board's owner hold on the board.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, DUPLICATE.
    Event: guideline.linked.
    """
    shelf = writing.of_board(call)
    guideline = shelf.find(data.guideline_id, lock=True)
    if guideline.scope == Guideline.Scope.INLINE:
        raise Failure(
            Code.VALIDATION_ERROR, "An inline guideline holds on its board without a link.", field="guideline_id"
        )
    try:
        with transaction.atomic():
            BoardGuideline.objects.create(board=call.board, guideline=guideline, priority=data.priority)
    except IntegrityError as error:
        raise Failure(
            Code.DUPLICATE, "That guideline is linked to the board. Change its priority instead.", field="guideline_id"
        ) from error
    shelf.tell("guideline.linked", guideline, priority=data.priority)
    return _linked(call, guideline, data.priority)


def _linked(call: BoardCall, guideline: Guideline, priority: int) -> LinkedGuideline:
    return {
        "success": True,
        "board_id": str(call.board.pk),
        "guideline_id": str(guideline.pk),
        "priority": priority,
    }


def _link(call: BoardCall, guideline_id: str) -> BoardGuideline:
    """The board's own link, whoever owns the guideline now. Errors: NOT_FOUND."""
    pk = location.uuid_of(guideline_id)
    links = BoardGuideline.objects.select_for_update(of=("self",)).select_related("guideline")
    link = links.filter(board=call.board, guideline_id=pk).first() if pk else None
    if link is None:
        raise location.not_found("link", "guideline_id")
    return link


class SetPriority(OneGuideline):
    priority: Priority


@people.operation(needs="guidelines.link", writes=True, rest=f"PATCH {ADDRESS}/<str:guideline_id>")
def set_guideline_priority(call: BoardCall, data: SetPriority) -> LinkedGuideline:
    """Change when a linked guideline is read.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: guideline.reordered.
    """
    link = _link(call, data.guideline_id)
    before, link.priority = link.priority, data.priority
    link.save(update_fields=["priority"])
    changes = [{"field": "priority", "old": before, "new": data.priority}]
    writing.of_board(call).tell("guideline.reordered", link.guideline, changes=changes)
    return _linked(call, link.guideline, link.priority)


@boards.operation(needs="guidelines.unlink", writes=True, rest=f"DELETE {ADDRESS}/<str:guideline_id>")
def unlink_guideline_from_board(call: BoardCall, data: OneGuideline) -> Done:
    """Let a linked guideline hold on the board no longer; it stays in the catalogue.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: guideline.unlinked.
    """
    link = _link(call, data.guideline_id)
    writing.of_board(call).tell("guideline.unlinked", link.guideline)
    link.delete()
    return {"success": True}
