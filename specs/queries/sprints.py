"""Sprints, as answers show them, and what lies in them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypedDict
from uuid import UUID

from django.db.models import Count, Q

from boards.indexing import Document, describes
from boards.instants import iso
from boards.models import Card
from specs.models import Sprint, SprintScope
from specs.models.item import SpecItem


class SprintRow(TypedDict):
    """A sprint without its cards. `spec_changed`: the spec has another version than was planned against.

    Dates are ISO 8601. `cards_total` and `cards_done` count live cards: neither archived nor cancelled.
    """

    id: str
    ref: str
    board_id: str
    spec_id: str
    title: str
    description: str
    objective: str
    expected_outcome: str
    status: str
    spec_version: int
    spec_changed: bool
    start_date: str | None
    end_date: str | None
    test_scenario_ids: list[str]
    business_rule_ids: list[str]
    skip_test_coverage: bool
    skip_rules_coverage: bool
    skip_qualitative_validation: bool
    validation_threshold: int | None
    require_task_validation: bool | None
    validation_min_confidence: int | None
    validation_min_completeness: int | None
    validation_max_drift: int | None
    cards_total: int
    cards_done: int
    version: int
    revision: int
    labels: list[str]
    archived: bool
    created_by: str
    created_at: str | None
    updated_at: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Public ids of what a sprint shall settle, in the order of the spec."""

    scenarios: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


def scopes_of(pks: Iterable[UUID]) -> dict[UUID, Scope]:
    """The scope of each sprint, in one query."""
    found: dict[UUID, Scope] = defaultdict(Scope)
    rows = SprintScope.objects.filter(sprint_id__in=list(pks)).order_by("item__position", "item_id")
    for sprint_id, kind, public_id in rows.values_list("sprint_id", "item__kind", "item__public_id"):
        scope = found[sprint_id]
        (scope.scenarios if kind == SpecItem.Kind.SCENARIO else scope.rules).append(public_id)
    return found


def _counts_of(pks: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    live = Card.objects.filter(sprint_id__in=list(pks), archived_at=None).exclude(status="cancelled")
    rows = live.values_list("sprint_id").annotate(total=Count("pk"), done=Count("pk", filter=Q(status="done")))
    return {pk: (total, done) for pk, total, done in rows.order_by() if pk is not None}


def rows_of(sprints: Sequence[Sprint]) -> list[SprintRow]:
    """The rows of these sprints, whose `spec` is loaded, in their order. Two queries, however many."""
    pks = [sprint.pk for sprint in sprints]
    scopes, counts = scopes_of(pks), _counts_of(pks)
    return [_row(sprint, scopes.get(sprint.pk, Scope()), counts.get(sprint.pk, (0, 0))) for sprint in sprints]


def row_of(sprint: Sprint) -> SprintRow:
    return rows_of([sprint])[0]


def by_spec(spec_pks: Iterable[UUID]) -> dict[UUID, list[SprintRow]]:
    """The sprints of these specs that are not archived, oldest first. Three queries, however many."""
    live = Sprint.objects.filter(spec_id__in=list(spec_pks), archived_at=None).select_related("spec")
    found: dict[UUID, list[SprintRow]] = defaultdict(list)
    sprints = list(live.order_by("created_at", "id"))
    for sprint, row in zip(sprints, rows_of(sprints), strict=True):
        found[sprint.spec_id].append(row)
    return found


def _row(sprint: Sprint, scope: Scope, counts: tuple[int, int]) -> SprintRow:
    return {
        "id": str(sprint.pk),
        "ref": sprint.ref,
        "board_id": str(sprint.board_id),
        "spec_id": str(sprint.spec_id),
        "title": sprint.title,
        "description": sprint.description,
        "objective": sprint.objective,
        "expected_outcome": sprint.expected_outcome,
        "status": sprint.status,
        "spec_version": sprint.spec_version,
        "spec_changed": sprint.spec_version != sprint.spec.version,
        "start_date": iso(sprint.start_date),
        "end_date": iso(sprint.end_date),
        "test_scenario_ids": scope.scenarios,
        "business_rule_ids": scope.rules,
        "skip_test_coverage": sprint.skip_test_coverage,
        "skip_rules_coverage": sprint.skip_rules_coverage,
        "skip_qualitative_validation": sprint.skip_qualitative_validation,
        "validation_threshold": sprint.validation_threshold,
        "require_task_validation": sprint.require_task_validation,
        "validation_min_confidence": sprint.validation_min_confidence,
        "validation_min_completeness": sprint.validation_min_completeness,
        "validation_max_drift": sprint.validation_max_drift,
        "cards_total": counts[0],
        "cards_done": counts[1],
        "version": sprint.version,
        "revision": sprint.revision,
        "labels": sprint.labels,
        "archived": sprint.is_archived,
        "created_by": sprint.created_by,
        "created_at": iso(sprint.created_at),
        "updated_at": iso(sprint.updated_at),
    }


@describes("sprint", documents=["sprint"])
def documents(pks: Collection[UUID]) -> Iterable[Document]:
    """What search finds: one document a sprint, with all of its texts."""
    for sprint in Sprint.objects.filter(pk__in=pks):
        texts = (sprint.description, sprint.objective, sprint.expected_outcome)
        yield Document(sprint.pk, "sprint", "", sprint.title, "\n".join(text for text in texts if text))
