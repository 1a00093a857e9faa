"""What somebody who works on a card must know: the card, its spec, and how its work is judged."""

from collections.abc import Collection
from typing import Any, TypedDict

from boards.board_settings import BoardSettings
from boards.models import Card, CardDependency
from specs.models import Decision, Sprint
from specs.queries.content import SpecContent
from specs.queries.specs import whole_row_of

KEYS = {  # of a threshold: where sprints and specs keep it, and where the board does
    "min_confidence": "validation_min_confidence",
    "min_completeness": "validation_min_completeness",
    "max_drift": "validation_max_drift",
}
SECTIONS = {  # of the spec: the right to read each
    "test_scenarios": "spec.tests.read",
    "business_rules": "spec.rules.read",
    "api_contracts": "spec.contracts.read",
}


class ValidationConfig(TypedDict):
    """How work on a card is validated. `resolved_from` tells which level decided `required`: sprint, spec or board."""

    required: bool
    min_confidence: int
    min_completeness: int
    max_drift: int
    resolved_from: str


def validation_config(card: Card, settings: BoardSettings) -> ValidationConfig:
    """Each key from the sprint, else the spec, else the board: whatever is set first. `spec`, `sprint` are loaded."""
    levels = [(name, level) for name, level in (("sprint", card.sprint), ("spec", card.spec)) if level is not None]

    def first(name: str, default: Any) -> tuple[Any, str]:
        return next(
            ((getattr(level, name), at) for at, level in levels if getattr(level, name) is not None), (default, "board")
        )

    required, resolved_from = first("require_task_validation", settings.require_task_validation)
    found = {key: first(name, getattr(settings, key))[0] for key, name in KEYS.items()}
    return {"required": required, **found, "resolved_from": resolved_from}  # type: ignore[typeddict-item]  # by KEYS


class DependsOn(TypedDict):
    id: str
    ref: str
    title: str
    status: str


def depends_on_of(card: Card) -> list[DependsOn]:
    """What the card waits for or waited for, by number."""
    rows = CardDependency.objects.filter(card=card).select_related("depends_on").order_by("depends_on__number")
    return [
        {
            "id": str(row.depends_on_id),
            "ref": row.depends_on.ref,
            "title": row.depends_on.title,
            "status": row.depends_on.status,
        }
        for row in rows
    ]


class SprintHead(TypedDict):
    id: str
    ref: str
    title: str
    status: str


def sprint_head(sprint: Sprint | None) -> SprintHead | None:
    if sprint is None:
        return None
    return {"id": str(sprint.pk), "ref": sprint.ref, "title": sprint.title, "status": sprint.status}


def spec_body(content: SpecContent, hidden: Collection[str], *, include_superseded: bool) -> dict[str, Any]:
    """What the spec of a card says. `hidden` names sections that the caller may not read; they are empty. One query."""
    current = [one for one in content.decisions if include_superseded or one.status == Decision.Status.ACTIVE]
    body: dict[str, Any] = {
        **whole_row_of(content),
        "test_scenarios": [content.wire_scenario(one) for one in content.scenarios],
        "business_rules": [content.wire_rule(one) for one in content.rules],
        "api_contracts": [content.wire_contract(one) for one in content.contracts],
        "decisions": [content.wire_decision(one) for one in current],
        "decisions_stats": decisions_stats(content),
    }
    if current:
        body["decisions_markdown"] = decisions_markdown(current)
    return {**body, **{name: [] for name in hidden}}


def decisions_stats(content: SpecContent) -> dict[str, int]:
    """How many decisions there are, in all and by status."""
    statuses = [decision.status for decision in content.decisions]
    return {"total": len(statuses), **{str(status): statuses.count(status) for status in Decision.Status}}


def decisions_markdown(decisions: Collection[Decision]) -> str:
    """The decisions as a Markdown list."""
    return "\n".join(
        f"- **{decision.ref} {decision.title}** ({decision.status}): {decision.rationale}" for decision in decisions
    )
