"""Reading ideations: one, one with everything, many."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from boards.call import BoardCall
from boards.inputs import Cursor, Id, Offset, OnBoard, OnObject
from boards.paging import Page, PageLimit, page_of
from boards.shaping import Shaped, ShapedRows, kept, narrowed, only
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation
from specs.operations.ideation_moves import Status
from specs.queries import ideations
from specs.queries.ideations import IdeationContext, IdeationDetail, IdeationRow, context_of, row_of, summary_row
from specs.queries.plans import LEFT_OUT_BY, Wanted

SECTIONS = tuple(ideations.SECTIONS.values())


class GetIdeation(OnObject, Shaped):
    ideation_id: Id


@specs.operation(
    needs="ideation.entity.read",
    may_need=SECTIONS[:3],
    rest="GET ideations/<str:ideation_id>/core",
    untrusted=ideations.FOREIGN,
)
def get_ideation(call: BoardCall, data: GetIdeation) -> IdeationDetail:
    """An ideation with its refinements, specs and questions.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, ideations.DETAIL, ideations.SUMMARY)
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id")
    return context_of(call, ideation, Wanted(keys))


class GetIdeationContext(GetIdeation):
    include_knowledge: bool = True
    include_mockups: bool = True
    include_qa: bool = True
    include_architecture: bool = True


@specs.operation(
    needs="ideation.entity.read",
    may_need=SECTIONS,
    rest="GET ideations/<str:ideation_id>",
    untrusted=ideations.FOREIGN_IN_CONTEXT,
)
def get_ideation_context(call: BoardCall, data: GetIdeationContext) -> IdeationContext:
    """Everything about an ideation in one answer: refinements, specs, questions, knowledge, mockups, architecture.

    Parts that the caller may not read are empty and named in `omitted`.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, ideations.CONTEXT, ideations.SUMMARY)
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id")
    left_out = {name for name, option in LEFT_OUT_BY.items() if not getattr(data, option)}
    return context_of(call, ideation, Wanted(keys, left_out))


class ListIdeations(OnBoard, ShapedRows):
    status: Status | Literal[""] = ""
    include_archived: bool = False
    offset: Offset = 0
    limit: PageLimit = 50
    cursor: Cursor = ""


@narrowed
class ListedIdeation(IdeationRow):
    """A summary, unless `fields` or detail=full ask for other keys."""


class IdeationList(Page):
    board_id: str
    ideations: list[ListedIdeation]


def _rows(answer: Mapping[str, Any]) -> Any:
    return answer["ideations"]


@specs.operation(
    needs="ideation.entity.read",
    rest=Route("GET boards/<str:board_id>/ideations", view=_rows),
    untrusted=tuple(f"ideations[].{name}" for name in ideations.TEXTS),
)
def list_ideations(call: BoardCall, data: ListIdeations) -> IdeationList:
    """The ideations of a board, last changed first, archived ones only when asked for.

    Rows are summaries; detail = full adds texts and scope.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, ideations.WHOLE, ideations.SUMMARY)
    found = Ideation.objects.filter(board=call.board)
    if data.status:
        found = found.filter(status=data.status)
    if not data.include_archived:
        found = found.filter(archived_at=None)
    page, following = page_of(found, ("-updated_at", "-id"), offset=data.offset, limit=data.limit, cursor=data.cursor)
    shape = summary_row if keys <= ideations.SUMMARY else row_of
    return {
        "board_id": str(call.board.pk),
        "total": found.count(),
        "offset": data.offset,
        "limit": data.limit,
        "next_cursor": following,
        "ideations": [only(cast("ListedIdeation", shape(row)), keys) for row in page],  # as a row without texts
    }
