"""The transition tables: every legal step of every kind, the gates that are asked and the flags that it needs.

What is not in a table is INVALID_TRANSITION. Gates are named in the order in which they are asked.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boards.call import Need, any_of
from boards.models import Entity
from pulse_project.core.errors import Code, Failure


@dataclass(frozen=True, slots=True)
class Step:
    """A legal step: its gates and flags. `only` names the card types that may take it; none = every one."""

    needs: Need
    gates: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()


Table = Mapping[str, Mapping[str, Step]]

S, P, V, E, B, R, D = (
    "spec_state",
    "sprint_membership",
    "task_validation",
    "scenario_evidence",
    "bug_regression",
    "execution_report",
    "dependencies",
)
ASKED = "open_questions"
TEST, WORK = frozenset({"test"}), frozenset({"normal", "bug"})
START = "card.move.not_started_to_started"
BEGIN = "card.move.started_to_in_progress"
HOLD = "card.move.in_progress_to_on_hold"
RESUME = "card.move.on_hold_to_in_progress"
DONE = ("card.move.in_progress_to_done", "card.conclusion.write")
CANCEL = "card.move.any_to_cancelled"
VALIDATE = ("card.move.in_progress_to_validation", "card.conclusion.write")
REWORK = any_of("card.move.validation_to_not_started", "card.move.in_progress_to_validation")
REOPEN = any_of("card.move.in_progress_to_done", "card.move.validation_to_done")

CARD: Table = {
    "not_started": {
        "started": Step(START, (S, P, D)),
        "in_progress": Step((START, BEGIN), (S, P, B, D, ASKED)),
        "done": Step(DONE, (S, P, E, R, D), TEST),
        "cancelled": Step(CANCEL),
    },
    "started": {
        "not_started": Step(START),
        "in_progress": Step(BEGIN, (S, P, B, D, ASKED)),
        "on_hold": Step(HOLD),
        "done": Step(DONE, (S, P, E, R, D), TEST),
        "cancelled": Step(CANCEL),
    },
    "in_progress": {
        "started": Step(BEGIN),
        "validation": Step(VALIDATE, (S, P, B, R, D), WORK),
        "on_hold": Step(HOLD),
        "done": Step(DONE, (S, P, V, E, B, R, D)),
        "cancelled": Step(CANCEL),
    },
    "validation": {
        "in_progress": Step(REWORK),
        "on_hold": Step("card.move.validation_to_on_hold"),
        "done": Step("card.move.validation_to_done", (S, P, V, E, B, R, D)),
        "cancelled": Step(any_of("card.move.validation_to_cancelled", CANCEL)),
    },
    "on_hold": {"in_progress": Step(RESUME, (S, P, B, D, ASKED)), "cancelled": Step(CANCEL)},
    "done": {"in_progress": Step(REOPEN)},
    "cancelled": {"not_started": Step(CANCEL)},
}

COVERAGE = ("test_coverage", "rules_coverage", "tr_coverage", "contract_coverage", "ac_coverage", "decision_coverage")
TO_REVIEW = "spec.move.draft_to_review"
TO_APPROVED = "spec.move.review_to_approved"
TO_PROGRESS = "spec.move.validated_to_in_progress"
UNLOCK = "spec.move.validated_to_draft"
SPEC_CANCEL = Step("spec.move.any_to_cancelled")

SPEC: Table = {
    "draft": {"review": Step(TO_REVIEW), "cancelled": SPEC_CANCEL},
    "review": {"draft": Step(TO_REVIEW), "approved": Step(TO_APPROVED, (ASKED,)), "cancelled": SPEC_CANCEL},
    "approved": {
        "draft": Step("spec.move.approved_to_draft"),
        "review": Step(TO_APPROVED),
        "validated": Step("spec.move.approved_to_validated", (*COVERAGE, "spec_validation")),
        "cancelled": SPEC_CANCEL,
    },
    "validated": {
        "draft": Step(UNLOCK),
        "approved": Step(UNLOCK),
        "in_progress": Step(TO_PROGRESS, (*COVERAGE, "spec_evaluation")),
        "cancelled": SPEC_CANCEL,
    },
    "in_progress": {
        "validated": Step(TO_PROGRESS),
        "done": Step("spec.move.in_progress_to_done", ("ac_coverage", "tasks_finished", "sprints_finished")),
        "cancelled": SPEC_CANCEL,
    },
    "done": {"draft": Step(UNLOCK)},
    "cancelled": {"draft": Step("spec.move.any_to_cancelled")},
}
LOCKED = frozenset({"validated", "in_progress", "done"})

SPRINT_CANCEL = Step("sprint.move.any_to_cancelled")
SPRINT: Table = {
    "draft": {"active": Step("sprint.move.draft_to_active", ("sprint_cards",)), "cancelled": SPRINT_CANCEL},
    "active": {
        "draft": Step("sprint.move.draft_to_active"),
        "review": Step("sprint.move.active_to_review", ("scope_passed",)),
        "cancelled": SPRINT_CANCEL,
    },
    "review": {
        "active": Step("sprint.move.active_to_review"),
        "closed": Step("sprint.move.review_to_closed", ("sprint_evidence", "sprint_evaluation")),
        "cancelled": SPRINT_CANCEL,
    },
    "closed": {"draft": Step("sprint.move.review_to_closed")},
    "cancelled": {"draft": Step("sprint.move.any_to_cancelled")},
}

EVALUATE = "ideation.move.draft_to_evaluating"
IDEATION_CANCEL = Step("ideation.move.any_to_cancelled")
IDEATION: Table = {
    "draft": {"review": Step(EVALUATE), "cancelled": IDEATION_CANCEL},
    "review": {"draft": Step(EVALUATE), "approved": Step(EVALUATE, (ASKED,)), "cancelled": IDEATION_CANCEL},
    "approved": {"review": Step(EVALUATE), "evaluating": Step(EVALUATE), "cancelled": IDEATION_CANCEL},
    "evaluating": {
        "approved": Step(EVALUATE),
        "done": Step(
            ("ideation.move.evaluating_to_refined", "ideation.move.refined_to_done"), ("ideation_evaluation",)
        ),
        "cancelled": IDEATION_CANCEL,
    },
    "done": {"draft": Step("ideation.move.refined_to_done")},
    "cancelled": {},
}

PLAN = ("refinement.move.draft_to_in_progress", "refinement.move.in_progress_to_review")
REFINEMENT_CANCEL = Step("refinement.move.any_to_cancelled")
REFINEMENT: Table = {
    "draft": {"review": Step(PLAN, ("refinement_scope",)), "cancelled": REFINEMENT_CANCEL},
    "review": {
        "draft": Step(PLAN),
        "approved": Step("refinement.move.review_to_approved", (ASKED,)),
        "cancelled": REFINEMENT_CANCEL,
    },
    "approved": {
        "review": Step("refinement.move.review_to_approved"),
        "done": Step("refinement.move.approved_to_done"),
        "cancelled": REFINEMENT_CANCEL,
    },
    "done": {"draft": Step("refinement.move.approved_to_done")},
    "cancelled": {},
}

TABLES: Mapping[str, Table] = {
    "card": CARD,
    "spec": SPEC,
    "sprint": SPRINT,
    "ideation": IDEATION,
    "refinement": REFINEMENT,
}


def flags_of(kind: str) -> tuple[str, ...]:
    """Every flag that some step of the kind needs, for the `may_need` of its move operation."""
    from boards.call import flags_in

    steps = [step for targets in TABLES[kind].values() for step in targets.values()]
    return tuple(dict.fromkeys(flag for step in steps for flag in flags_in(step.needs)))


def steps_of(kind: str, status: str, card_type: str = "") -> dict[str, Step]:
    """The legal steps from a status, by target; of a card those that its type may take."""
    return {
        to: step
        for to, step in TABLES[kind][status].items()
        if not step.only or not card_type or card_type in step.only
    }


def path(kind: str, start: str, end: str, card_type: str = "") -> list[str]:
    """The shortest legal way, both ends included; empty when there is none."""
    ways = {start: [start]}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == end:
            return ways[here]
        for to in steps_of(kind, here, card_type):
            if to not in ways:
                ways[to] = [*ways[here], to]
                queue.append(to)
    return []


def next_hop(kind: str, start: str, end: str, card_type: str = "") -> str | None:
    """The first step on the way from one status towards another; None when there is no way or nothing to do."""
    way = path(kind, start, end, card_type)
    return way[1] if len(way) > 1 else None


def step(entity: Entity, to: str, card_type: str = "") -> Step:
    """The step of an object to another status. Errors: INVALID_TRANSITION, VALIDATION_ERROR (no such status)."""
    table = TABLES[entity.kind]
    if to not in table:
        known = list(table)
        raise Failure(Code.VALIDATION_ERROR, f"status takes one of {', '.join(known)}.", field="status", known=known)
    steps = steps_of(entity.kind, entity.status, card_type)
    if to not in steps:
        raise Failure(
            Code.INVALID_TRANSITION,
            f"A {entity.kind} in {entity.status} cannot go to {to} in one step.",
            **{"from": entity.status, "to": to},
            allowed=list(steps),
            path=path(entity.kind, entity.status, to, card_type),
        )
    return steps[to]


def no_status(given: Mapping[str, Any], kind: str) -> None:
    """Refuse `status` in anything but a move. Errors: VALIDATION_ERROR naming the move operation."""
    if "status" in given:
        raise Failure(
            Code.VALIDATION_ERROR, f"A status is changed by okto_pulse_move_{kind} only.", field="status",
            operation=f"okto_pulse_move_{kind}",
        )  # fmt: skip
