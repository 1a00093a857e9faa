"""How objects became what they are: field changes and moves, newest first, one operation a kind."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from boards.call import BoardCall
from boards.catalog import BoardCatalog
from boards.families.target import arguments, declare
from boards.inputs import Id
from boards.models import Entity
from boards.paging import Following, Paged, PageLimit, as_result, page_of
from boards.queries.activity import HistoryEntry, entries, history_of
from pulse_project.core.operations import Route
from specs.catalog import people, specs
from specs.models import Ideation, Refinement, Spec, Sprint


class History(Following):
    """Newest first. An entry is a change of fields or items, or a move; `count` is their number on this page."""

    count: int
    history: list[HistoryEntry]


class IdeationHistory(History):
    ideation_id: str


class RefinementHistory(History):
    refinement_id: str


class SpecHistory(History):
    spec_id: str


class SprintHistory(History):
    sprint_id: str


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of object with a history, and how its operation is named and answered."""

    kind: str
    model: type[Entity]
    output: Any
    says: str
    limit: int = 30
    catalog: BoardCatalog = specs


TARGETS = (
    Target(
        "ideation", Ideation, IdeationHistory,
        "How an ideation became what it is: who changed which field, from what to what.",
    ),
    Target(
        "refinement", Refinement, RefinementHistory,
        "How a refinement became what it is: who changed which field, from what to what.",
    ),
    Target(
        "spec", Spec, SpecHistory,
        "How a spec became what it is: who changed which field or item, from what to what.",
    ),
    Target("sprint", Sprint, SprintHistory, "How a sprint was made, changed and moved.", limit=50, catalog=people),
)  # fmt: skip


def _register(target: Target) -> None:
    field = f"{target.kind}_id"

    def told(call: BoardCall, data: Any) -> Any:
        entity = call.entity(target.model, getattr(data, field), field)
        events = history_of(entity)
        if data.before is not None:
            events = events.filter(seq__lt=data.before)
        found, cursor = page_of(events, ("-seq",), data)
        return {field: str(entity.pk), "count": len(found), "history": entries(found), "next_cursor": cursor}

    told.__annotations__["return"] = target.output
    doc = f"""{target.says}

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    before = Field(None, ge=1, description="Only entries before this id, as if there were no later ones.")
    takes = {field: (Id, ...), "limit": (PageLimit, target.limit), "before": (int | None, before)}
    declare(
        target.catalog, told, f"get_{target.kind}_history", doc,
        arguments(f"Get{target.kind.title()}History", takes, Paged),
        needs=f"{target.kind}.history_read",
        rest=Route(f"GET {target.kind}s/<str:{field}>/history", view=as_result("history")),
        untrusted=("history[].changes",),
    )  # fmt: skip


for _target in TARGETS:
    _register(_target)
