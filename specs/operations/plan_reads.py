"""Reading ideations and refinements: one, one with everything, many. The same operations for both kinds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from boards.call import BoardCall
from boards.families.target import arguments, declare
from boards.inputs import BoardInput, Id, OnBoard, OnObject
from boards.models import Board
from boards.paging import Page, PagedByOffset, as_result, page_of, whole
from boards.shaping import Shaped, ShapedRows, kept, narrowed
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation, Refinement
from specs.operations import ideation_moves, refinement_moves
from specs.queries import ideations, refinements
from specs.queries.ideations import IdeationRow
from specs.queries.plans import FOREIGN_ARTEFACTS, LEFT_OUT_BY, Shape, Wanted, keys_of
from specs.queries.refinements import RefinementRow


@narrowed
class ListedIdeation(IdeationRow):
    """A summary, unless `fields` or detail=full ask for other keys."""


class IdeationList(Page):
    board_id: str
    ideations: list[ListedIdeation]


@narrowed
class ListedRefinement(RefinementRow):
    """A summary, unless `fields` or detail=full ask for other keys."""


class RefinementList(Page):
    ideation_id: str
    refinements: list[ListedRefinement]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of plan, the parent whose plans are listed, and what tells the answers apart."""

    kind: str
    model: Any
    shape: Shape[Any]
    parent: str  # the column of the model
    owner: str  # the same in words
    parent_of: Callable[[BoardCall, Any], Board | Ideation]
    listed_on: type[BoardInput]
    parent_argument: dict[str, Any]
    status: Any
    listing: Any
    contents: str  # what both answers about one plan hold
    texts: str  # what detail=full adds to rows
    rest: str

    @property
    def named(self) -> str:
        """The kind with its article."""
        return f"{'an' if self.kind == 'ideation' else 'a'} {self.kind}"

    @property
    def needs(self) -> str:
        return f"{self.kind}.entity.read"

    def takes(self, name: str, *mixins: type[BoardInput], **fields: Any) -> type[BaseModel]:
        return arguments(f"{name}{self.kind.title()}", {f"{self.kind}_id": (Id, ...), **fields}, *mixins)

    def read(self, call: BoardCall, data: Any, keys: frozenset[str], left_out: set[str]) -> Any:
        field = f"{self.kind}_id"
        return self.shape.context_of(call, call.entity(self.model, getattr(data, field), field), Wanted(keys, left_out))


TARGETS = (
    Target(
        kind="ideation",
        model=Ideation,
        shape=ideations.SHAPE,
        parent="board",
        owner="a board",
        parent_of=lambda call, _data: call.board,
        listed_on=OnBoard,
        parent_argument={},
        status=ideation_moves.Status,
        listing=IdeationList,
        contents="refinements, specs",
        texts="texts and scope",
        rest="GET boards/<str:board_id>/ideations",
    ),
    Target(
        kind="refinement",
        model=Refinement,
        shape=refinements.SHAPE,
        parent="ideation",
        owner="an ideation",
        parent_of=lambda call, data: call.entity(Ideation, data.ideation_id, "ideation_id"),
        listed_on=OnObject,
        parent_argument={"ideation_id": (Id, ...)},
        status=refinement_moves.Status,
        listing=RefinementList,
        contents="specs",
        texts="texts and lists",
        rest="GET ideations/<str:ideation_id>/refinements",
    ),
)


def _register_get(target: Target) -> None:
    shape = target.shape

    def got(call: BoardCall, data: Any) -> Any:
        return target.read(call, data, kept(data, keys_of(shape.detail), keys_of(shape.summary)), set())

    got.__annotations__["return"] = shape.detail
    doc = f"""{target.named.capitalize()} with its {target.contents} and questions.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        specs, got, f"get_{target.kind}", doc, target.takes("Get", Shaped),
        needs=target.needs, may_need=shape.flags_in(shape.detail),
        rest=f"GET {target.kind}s/<str:{target.kind}_id>/core", untrusted=shape.foreign,
    )  # fmt: skip


def _register_context(target: Target) -> None:
    shape = target.shape

    def told(call: BoardCall, data: Any) -> Any:
        left_out = {name for name, option in LEFT_OUT_BY.items() if not getattr(data, option)}
        return target.read(call, data, kept(data, keys_of(shape.context), keys_of(shape.summary)), left_out)

    told.__annotations__["return"] = shape.context
    doc = f"""Everything about {target.named} in one answer: {target.contents}, questions, knowledge, mockups, \
architecture.

    Parts that the caller may not read are empty and named in `omitted`.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    options = dict.fromkeys(LEFT_OUT_BY.values(), (bool, True))
    declare(
        specs, told, f"get_{target.kind}_context", doc, target.takes("GetContextOf", Shaped, **options),
        needs=target.needs, may_need=shape.flags_in(shape.context),
        rest=f"GET {target.kind}s/<str:{target.kind}_id>", untrusted=(*shape.foreign, *FOREIGN_ARTEFACTS),
    )  # fmt: skip


def _register_list(target: Target) -> None:
    name, shape = f"{target.kind}s", target.shape

    def listed(call: BoardCall, data: Any) -> Any:
        keys = kept(data, keys_of(shape.whole), keys_of(shape.summary))
        parent = target.parent_of(call, data)
        found = target.model.objects.filter(**{target.parent: parent})
        if data.status:
            found = found.filter(status=data.status)
        if not data.include_archived:
            found = found.filter(archived_at=None)
        page, cursor = page_of(found, ("-updated_at", "-id"), data)
        return {f"{target.parent}_id": str(parent.pk), name: shape.rows(page, keys), **whole(found, data, cursor)}

    listed.__annotations__["return"] = target.listing
    takes = {
        **target.parent_argument,
        "status": (target.status | Literal[""], ""),
        "include_archived": (bool, Field(False)),
    }
    doc = f"""The {name} of {target.owner}, last changed first, archived ones only when asked for.

    Rows are summaries; detail = full adds {target.texts}.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        specs, listed, f"list_{name}", doc,
        arguments(f"List{name.title()}", takes, ShapedRows, PagedByOffset, base=target.listed_on),
        needs=target.needs,
        rest=Route(target.rest, view=as_result(name)),
        untrusted=tuple(f"{name}[].{text}" for text in shape.texts),
    )  # fmt: skip


for _target in TARGETS:
    _register_get(_target)
    _register_context(_target)
    _register_list(_target)
