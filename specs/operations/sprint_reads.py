"""Reading sprints: one, with what it shall settle, and all of a spec or board."""

from typing import Annotated, Any, Literal

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import Id, MaybeId, OnBoard, OnObject
from boards.paging import Page, PagedByOffset, PageLimit, as_result, page_of, whole
from boards.shaping import Shaped, kept, only
from pulse_project.core.operations import Route
from specs.catalog import people, sprints
from specs.models import Spec, Sprint
from specs.queries.sprint_context import SECTIONS, SprintContext, SprintDetail, context_of, detail_of
from specs.queries.sprints import SprintRow, rows_of

READ = "sprint.entity.read"
Status = Literal["draft", "active", "review", "closed", "cancelled", ""]
Archived = Annotated[bool, Field(description="Answer archived sprints too.")]
FOREIGN = ("title", "description", "objective", "expected_outcome", "cards[].title", "qa_items")
ROW = frozenset(SprintRow.__annotations__)


class ReadSprint(OnObject, Shaped):
    sprint_id: Id


@sprints.operation(needs=READ, may_need=tuple(SECTIONS.values()), rest="GET sprints/<str:sprint_id>", untrusted=FOREIGN)
def get_sprint(call: BoardCall, data: ReadSprint) -> SprintDetail:
    """A sprint with its cards, questions and evaluations.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, SprintDetail.__annotations__, ROW)
    return only(detail_of(call, call.entity(Sprint, data.sprint_id, "sprint_id"), keys), keys)


class ReadContext(OnObject, Shaped):
    sprint_id: Id
    include_spec: Annotated[bool, Field(description="Answer what the spec says beside the slice.")] = True


@sprints.operation(
    needs=READ,
    may_need=("spec.entity.read", *SECTIONS.values()),
    untrusted=(*FOREIGN, "spec", "scoped"),
)
def get_sprint_context(call: BoardCall, data: ReadContext) -> SprintContext:
    """A sprint with its spec and the slice that concerns it: items in its scope, and items that its cards work on.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, SprintContext.__annotations__, ROW)
    sprint = call.entity(Sprint, data.sprint_id, "sprint_id")
    return only(context_of(call, sprint, keys, include_spec=data.include_spec), keys)


class ListSprints(PagedByOffset, OnObject):
    spec_id: Id
    status: Status = ""
    include_archived: Archived = False
    limit: PageLimit = 200


class SprintsOfSpec(Page):
    """`count` and `total` are the same number."""

    spec_id: str
    count: int
    sprints: list[SprintRow]


@sprints.operation(
    needs=READ,
    rest=Route("GET boards/<str:board_id>/specs/<str:spec_id>/sprints", view=as_result("sprints")),
    untrusted=("sprints[].title", "sprints[].description", "sprints[].objective", "sprints[].expected_outcome"),
)
def list_sprints(call: BoardCall, data: ListSprints) -> SprintsOfSpec:
    """The sprints of a spec, oldest first, without archived ones unless they are asked for.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    spec = call.entity(Spec, data.spec_id, "spec_id")
    rows = Sprint.objects.filter(spec=spec).select_related("spec")
    rows = _chosen(rows, data.status, include_archived=data.include_archived)
    found, cursor = page_of(rows, ("created_at", "id"), data)
    page = whole(rows, data, cursor)
    return {"spec_id": str(spec.pk), "count": page["total"], "sprints": rows_of(found), **page}


def _chosen(rows: Any, status: str, *, include_archived: bool) -> Any:
    rows = rows.filter(status=status) if status else rows
    return rows if include_archived else rows.filter(archived_at=None)


class ListBoardSprints(PagedByOffset, OnBoard):
    spec_id: MaybeId = ""
    status: Status = ""
    include_archived: Archived = False


class SprintsOfBoard(Page):
    board_id: str
    sprints: list[SprintRow]


@people.operation(
    needs=READ,
    rest=Route("GET boards/<str:board_id>/sprints", view=as_result("sprints")),
    untrusted=("sprints[].title", "sprints[].description", "sprints[].objective", "sprints[].expected_outcome"),
)
def list_board_sprints(call: BoardCall, data: ListBoardSprints) -> SprintsOfBoard:
    """The sprints of a board, or of one spec of it, last changed first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    rows = Sprint.objects.filter(board=call.board).select_related("spec")
    if data.spec_id:
        rows = rows.filter(spec=call.entity(Spec, data.spec_id, "spec_id"))
    rows = _chosen(rows, data.status, include_archived=data.include_archived)
    found, cursor = page_of(rows, ("-updated_at", "id"), data)
    return {"board_id": str(call.board.pk), "sprints": rows_of(found), **whole(rows, data, cursor)}
