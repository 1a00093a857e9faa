"""What get_board shows of a board, one statement a list."""

from typing import TypedDict

from boards.instants import iso
from boards.models import Board, BoardGrant, Entity
from specs.models import Ideation, Spec

SHOWN = (
    "kind", "number", "title", "status", "version", "revision", "assignee_id", "labels", "created_by", "created_at",
    "updated_at",
)  # fmt: skip


class PlanRow(TypedDict):
    """An ideation or a spec without its texts."""

    id: str
    ref: str
    title: str
    status: str
    version: int
    revision: int
    assignee_id: str | None
    labels: list[str]
    ideation_id: str | None
    refinement_id: str | None
    created_by: str
    created_at: str | None
    updated_at: str | None


class BoardAgent(TypedDict):
    """An agent that may work on the board."""

    id: str
    name: str
    description: str
    objective: str
    is_active: bool


def ideations_of(board: Board) -> list[PlanRow]:
    """The ideations that are not archived, newest change first."""
    rows = Ideation.objects.filter(board=board, archived_at=None).only(*SHOWN).order_by("-updated_at", "-number")
    return [_row(ideation) for ideation in rows]


def specs_of(board: Board) -> list[PlanRow]:
    """The specs that are not archived, newest change first."""
    rows = (
        Spec.objects.filter(board=board, archived_at=None)
        .only(*SHOWN, "ideation_id", "refinement_id")
        .order_by("-updated_at", "-number")
    )
    return [_row(spec, str(spec.ideation_id or ""), str(spec.refinement_id or "")) for spec in rows]


def agents_of(board: Board) -> list[BoardAgent]:
    """The agents with a grant, in the order in which they were granted."""
    grants = BoardGrant.objects.filter(board=board).select_related("agent").order_by("granted_at", "pk")
    return [
        {
            "id": grant.agent.agent_id,
            "name": grant.agent.name,
            "description": grant.agent.description,
            "objective": grant.agent.objective,
            "is_active": grant.agent.is_active,
        }
        for grant in grants
    ]


def _row(entity: Entity, ideation_id: str = "", refinement_id: str = "") -> PlanRow:
    return {
        "id": str(entity.pk),
        "ref": entity.ref,
        "title": entity.title,
        "status": entity.status,
        "version": entity.version,
        "revision": entity.revision,
        "assignee_id": entity.assignee_id or None,
        "labels": list(entity.labels),
        "ideation_id": ideation_id or None,
        "refinement_id": refinement_id or None,
        "created_by": entity.created_by,
        "created_at": iso(entity.created_at),
        "updated_at": iso(entity.updated_at),
    }
