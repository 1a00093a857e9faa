"""How objects became what they are: field changes and moves, newest first, one operation a kind."""

from dataclasses import dataclass
from typing import Any, TypedDict

from pydantic import Field

from boards.call import BoardCall
from boards.catalog import BoardCatalog
from boards.families.target import arguments, declare
from boards.inputs import Id, Limit
from boards.models import Entity
from boards.queries.activity import HistoryEntry, history_of
from pulse_project.core.operations import Route
from specs.catalog import people, specs
from specs.models import Ideation, Refinement, Spec, Sprint


class History(TypedDict):
    """Newest first. An entry is a change of fields or items, or a move."""

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
        history = history_of(entity, data.limit, data.before)
        return {field: str(entity.pk), "count": len(history), "history": history}

    told.__annotations__["return"] = target.output
    doc = f"""{target.says}

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    before = Field(None, ge=1, description="Only entries before this id.")
    takes = {field: (Id, ...), "limit": (Limit, target.limit), "before": (int | None, before)}
    declare(
        target.catalog, told, f"get_{target.kind}_history", doc, arguments(f"Get{target.kind.title()}History", takes),
        needs=f"{target.kind}.history_read",
        rest=Route(f"GET {target.kind}s/<str:{field}>/history", view=lambda answer: answer["history"]),
        untrusted=("history[].changes",),
    )  # fmt: skip


for _target in TARGETS:
    _register(_target)
