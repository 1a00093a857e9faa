"""Ideations and refinements as they were when they were done: all versions, and one. Alike for both kinds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from pydantic import Field

from boards.call import BoardCall
from boards.families.target import arguments, declare
from boards.inputs import Id
from boards.models import Entity
from boards.paging import Following, Paged, as_result, page_of
from boards.queries.questions import QaItem
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.models import Ideation, Refinement
from specs.queries.snapshots import SnapshotSummary, body_of, snapshots_of, summary_of

Version = Annotated[int, Field(ge=1, description="A version that list_..._snapshots names.")]
FOREIGN = ("title", "description", "labels", "qa_snapshot[].question", "qa_snapshot[].choices", "qa_snapshot[].answer")


class Snapshots(Following):
    """A page of the versions that were done, newest first; `count` is the number of all."""

    count: int
    snapshots: list[SnapshotSummary]


class IdeationSnapshots(Snapshots):
    ideation_id: str


class RefinementSnapshots(Snapshots):
    refinement_id: str


class SnapshotBody(TypedDict):
    """What every snapshot holds. `qa_snapshot` are the questions as they stood."""

    version: int
    title: str
    description: str
    labels: list[str]
    qa_snapshot: list[QaItem]
    created_by: str
    created_at: str | None


class IdeationSnapshot(SnapshotBody):
    ideation_id: str
    problem_statement: str
    proposed_approach: str
    scope_assessment: dict[str, Any] | None
    complexity: str | None


class RefinementSnapshot(SnapshotBody):
    refinement_id: str
    in_scope: list[str]
    out_of_scope: list[str]
    analysis: str
    decisions: list[str]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of plan that leaves snapshots; `own` are the texts of its snapshots that others have not."""

    kind: str
    model: type[Entity]
    listing: Any
    body: Any
    own: tuple[str, ...]
    shown: Callable[[dict[str, Any]], dict[str, Any]] = dict  # a stored body as it is answered

    @property
    def id_name(self) -> str:
        return f"{self.kind}_id"

    @property
    def named(self) -> str:
        """The kind with its article."""
        return f"{'an' if self.kind == 'ideation' else 'a'} {self.kind}"

    @property
    def rest(self) -> str:
        return f"GET {self.kind}s/<str:{self.id_name}>/snapshots"

    def plan(self, call: BoardCall, data: Any) -> Entity:
        return call.entity(self.model, getattr(data, self.id_name), self.id_name)


TARGETS = (
    Target(
        "ideation", Ideation, IdeationSnapshots, IdeationSnapshot,
        ("problem_statement", "proposed_approach", "scope_assessment"),
        shown=lambda body: {**body, "complexity": body["complexity"] or None},
    ),
    Target(
        "refinement", Refinement, RefinementSnapshots, RefinementSnapshot,
        ("in_scope", "out_of_scope", "analysis", "decisions"),
    ),
)  # fmt: skip


def _register_list(target: Target) -> None:
    def listed(call: BoardCall, data: Any) -> Any:
        plan = target.plan(call, data)
        rows = snapshots_of(plan)
        found, cursor = page_of(rows, ("-version",), data)
        return {
            target.id_name: str(plan.pk),
            "count": rows.count(),
            "snapshots": [summary_of(row) for row in found],
            "next_cursor": cursor,
        }

    listed.__annotations__["return"] = target.listing
    doc = f"""The versions of {target.named} that were done, newest first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        specs, listed, f"list_{target.kind}_snapshots", doc,
        arguments(f"SnapshotsOf{target.kind.title()}", {target.id_name: (Id, ...)}, Paged),
        needs=f"{target.kind}.versions_read", rest=Route(target.rest, view=as_result("snapshots")),
        untrusted=("snapshots[].title",),
    )  # fmt: skip


def _register_get(target: Target) -> None:
    def got(call: BoardCall, data: Any) -> Any:
        plan = target.plan(call, data)
        return {**target.shown(body_of(plan, data.version)), target.id_name: str(plan.pk)}

    got.__annotations__["return"] = target.body
    doc = f"""{target.named.capitalize()} as it was when that version was done. It never changes.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        specs, got, f"get_{target.kind}_snapshot", doc,
        arguments(f"One{target.kind.title()}Snapshot", {target.id_name: (Id, ...), "version": (Version, ...)}),
        needs=f"{target.kind}.versions_read", rest=f"{target.rest}/<str:version>", untrusted=(*FOREIGN, *target.own),
    )  # fmt: skip


for _target in TARGETS:
    _register_list(_target)
    _register_get(_target)
