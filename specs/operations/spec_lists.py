"""Reading specs: one, one with everything, many."""

from collections.abc import Sequence
from typing import Literal, cast

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import Id, MaybeId, OnBoard, OnObject
from boards.paging import Page, PagedByOffset, as_result, page_of, whole
from boards.shaping import Shaped, ShapedRows, kept, only
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation, Refinement, Spec
from specs.operations.spec_moves import Status
from specs.queries import spec_context
from specs.queries.cards import CardSummary
from specs.queries.spec_context import SECTIONS, SpecContext, context_of
from specs.queries.specs import FOREIGN, SUMMARY, WHOLE, SpecRow, SpecSummary, summaries_of, whole_rows_of


class SpecDetail(SpecRow, total=False):
    """`omitted` names what the caller may not read; it is empty then."""

    cards: list[CardSummary]
    omitted: list[str]


ONE = WHOLE | {"cards", "omitted"}


class GetSpec(OnObject, Shaped):
    spec_id: Id


@specs.operation(
    needs="spec.entity.read",
    may_need=(SECTIONS["cards"],),
    rest="GET specs/<str:spec_id>/core",
    untrusted=(*FOREIGN, "cards[].title"),
)
def get_spec(call: BoardCall, data: GetSpec) -> SpecDetail:
    """A spec's texts, requirements, criteria and cards. Scenarios, rules, contracts, decisions: get_spec_context.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, ONE, SUMMARY)
    spec = call.entity(Spec, data.spec_id, "spec_id")
    return cast("SpecDetail", context_of(call, spec, keys, include_superseded=False))  # as far as `keys` goes


class GetSpecContext(GetSpec):
    include_knowledge: bool = True
    include_mockups: bool = True
    include_qa: bool = True
    include_architecture: bool = True
    include_superseded: bool = Field(False, description="Also decisions that are superseded or revoked.")


OPTIONS = {
    "knowledge_bases": "include_knowledge",
    "screen_mockups": "include_mockups",
    "qa_items": "include_qa",
    "architecture_designs": "include_architecture",
}


@specs.operation(
    needs="spec.entity.read",
    may_need=tuple(SECTIONS.values()),
    rest="GET specs/<str:spec_id>",
    untrusted=spec_context.FOREIGN,
)
def get_spec_context(call: BoardCall, data: GetSpecContext) -> SpecContext:
    """Everything about a spec in one answer: items with links, cards, sprints, questions, artefacts and coverage.

    Parts that the caller may not read are empty and named in `omitted`. `evaluations` are those of the spec's reviews.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, spec_context.KEYS, SUMMARY | {"coverage_summary", "omitted"})
    spec = call.entity(Spec, data.spec_id, "spec_id")
    left_out = {name for name, option in OPTIONS.items() if not getattr(data, option)}
    return context_of(call, spec, keys, left_out=left_out, include_superseded=data.include_superseded)


class ListSpecs(PagedByOffset, ShapedRows, OnBoard):
    status: Status | Literal[""] = ""
    ideation_id: MaybeId = ""
    refinement_id: MaybeId = ""
    include_archived: bool = False


class SpecList(Page):
    board_id: str
    specs: list[SpecRow]


@specs.operation(
    needs="spec.entity.read",
    rest=Route("GET boards/<str:board_id>/specs", view=as_result("specs")),
    untrusted=tuple(f"specs[].{name}" for name in FOREIGN),
)
def list_specs(call: BoardCall, data: ListSpecs) -> SpecList:
    """The specs of a board, last changed first, archived ones only when asked for.

    Rows are summaries; detail = full adds texts, requirements and criteria.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, WHOLE, SUMMARY)
    found = Spec.objects.filter(board=call.board)
    if data.status:
        found = found.filter(status=data.status)
    if data.ideation_id:
        found = found.filter(ideation=call.entity(Ideation, data.ideation_id, "ideation_id"))
    if data.refinement_id:
        found = found.filter(refinement=call.entity(Refinement, data.refinement_id, "refinement_id"))
    if not data.include_archived:
        found = found.filter(archived_at=None)
    page, cursor = page_of(found, ("-updated_at", "-id"), data)
    shown: Sequence[SpecSummary] = summaries_of(page) if keys <= SUMMARY else whole_rows_of(page)
    return {
        "board_id": str(call.board.pk),
        "specs": [only(cast("SpecRow", row), keys) for row in shown],  # a summary is a row without its texts
        **whole(found, data, cursor),
    }
