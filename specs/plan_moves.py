"""Moves of ideations and refinements: what is done is kept as a snapshot, what is reopened becomes a new version."""

from typing import Any, Literal, TypedDict

from boards.call import BoardCall, check_revision
from boards.models import Entity
from boards.queries import questions
from pulse_project.core import clock
from specs import moves
from specs.models import Ideation, Refinement, Snapshot

KEPT_OF: dict[str, tuple[str, ...]] = {
    "ideation": (
        "title", "description", "problem_statement", "proposed_approach", "scope_assessment", "complexity", "labels",
    ),
    "refinement": ("title", "description", "in_scope", "out_of_scope", "analysis", "decisions", "labels"),
}  # fmt: skip


class MovedPlan(TypedDict):
    """A step that was taken. `version` is one higher when something done was reopened."""

    success: Literal[True]
    from_status: str
    to_status: str
    version: int
    revision: int


def move(call: BoardCall, plan: Ideation | Refinement, to: str, expected_version: int | None) -> MovedPlan:
    """Take one step. Event: <kind>.moved.

    Errors: VERSION_CONFLICT, GATE_BLOCKED, VALIDATION_ERROR, INVALID_TRANSITION, PERMISSION_DENIED.
    """
    operation = f"okto_pulse_move_{plan.kind}"
    check_revision(expected_version, plan.revision, plan.kind)
    step = moves.begin(call, operation, plan, to)
    moves.ask(call, operation, step, plan, to, {})
    before, plan.status = plan.status, to
    if before == "done":
        plan.version += 1
    call.save(plan, "status", "version")
    if to == "done":
        _keep(call, plan)
    call.tell(f"{plan.kind}.moved", plan, moved=(before, to))
    return {
        "success": True,
        "from_status": before,
        "to_status": to,
        "version": plan.version,
        "revision": plan.revision,
    }


def _keep(call: BoardCall, plan: Entity) -> None:
    """The snapshot of a version that is done, with every question as it stands."""
    body: dict[str, Any] = {name: getattr(plan, name) for name in KEPT_OF[plan.kind]}
    body["qa_snapshot"] = questions.by_entity([plan.pk]).get(plan.pk, [])
    Snapshot.objects.create(
        entity_id=plan.pk, version=plan.version, body=body, created_by=call.person, created_at=clock.now()
    )
