"""Reading refinements: one, one with everything, many."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from boards.call import BoardCall
from boards.inputs import Cursor, Id, Offset, OnObject
from boards.paging import Page, PageLimit, page_of
from boards.shaping import Shaped, ShapedRows, kept, narrowed, only
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation, Refinement
from specs.operations.refinement_moves import Status
from specs.queries import refinements
from specs.queries.plans import LEFT_OUT_BY, Wanted
from specs.queries.refinements import (
    RefinementContext,
    RefinementDetail,
    RefinementRow,
    context_of,
    row_of,
    summary_row,
)

SECTIONS = tuple(refinements.SECTIONS.values())


class GetRefinement(OnObject, Shaped):
    refinement_id: Id


@specs.operation(
    needs="refinement.entity.read",
    may_need=SECTIONS[:2],
    rest="GET refinements/<str:refinement_id>/core",
    untrusted=refinements.FOREIGN,
)
def get_refinement(call: BoardCall, data: GetRefinement) -> RefinementDetail:
    """A refinement with its specs and questions.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, refinements.DETAIL, refinements.SUMMARY)
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id")
    return context_of(call, refinement, Wanted(keys))


class GetRefinementContext(GetRefinement):
    include_knowledge: bool = True
    include_mockups: bool = True
    include_qa: bool = True
    include_architecture: bool = True


@specs.operation(
    needs="refinement.entity.read",
    may_need=SECTIONS,
    rest="GET refinements/<str:refinement_id>",
    untrusted=refinements.FOREIGN_IN_CONTEXT,
)
def get_refinement_context(call: BoardCall, data: GetRefinementContext) -> RefinementContext:
    """Everything about a refinement in one answer: specs, questions, knowledge, mockups, architecture.

    Parts that the caller may not read are empty and named in `omitted`.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, refinements.CONTEXT, refinements.SUMMARY)
    refinement = call.entity(Refinement, data.refinement_id, "refinement_id")
    left_out = {name for name, option in LEFT_OUT_BY.items() if not getattr(data, option)}
    return context_of(call, refinement, Wanted(keys, left_out))


class ListRefinements(OnObject, ShapedRows):
    ideation_id: Id
    status: Status | Literal[""] = ""
    include_archived: bool = False
    offset: Offset = 0
    limit: PageLimit = 50
    cursor: Cursor = ""


@narrowed
class ListedRefinement(RefinementRow):
    """A summary, unless `fields` or detail=full ask for other keys."""


class RefinementList(Page):
    ideation_id: str
    refinements: list[ListedRefinement]


def _rows(answer: Mapping[str, Any]) -> Any:
    return answer["refinements"]


@specs.operation(
    needs="refinement.entity.read",
    rest=Route("GET ideations/<str:ideation_id>/refinements", view=_rows),
    untrusted=tuple(f"refinements[].{name}" for name in refinements.TEXTS),
)
def list_refinements(call: BoardCall, data: ListRefinements) -> RefinementList:
    """The refinements of an ideation, last changed first, archived ones only when asked for.

    Rows are summaries; detail = full adds texts and lists.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, refinements.WHOLE, refinements.SUMMARY)
    ideation = call.entity(Ideation, data.ideation_id, "ideation_id")
    found = Refinement.objects.filter(ideation=ideation)
    if data.status:
        found = found.filter(status=data.status)
    if not data.include_archived:
        found = found.filter(archived_at=None)
    page, following = page_of(found, ("-updated_at", "-id"), offset=data.offset, limit=data.limit, cursor=data.cursor)
    shape = summary_row if keys <= refinements.SUMMARY else row_of
    return {
        "ideation_id": str(ideation.pk),
        "total": found.count(),
        "offset": data.offset,
        "limit": data.limit,
        "next_cursor": following,
        "refinements": [only(cast("ListedRefinement", shape(row)), keys) for row in page],  # as a row without texts
    }
