"""Specs as answers show them, alone and in lists."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, cast
from uuid import UUID

from django.db.models import Count, Q

from boards.instants import iso
from boards.models import Card
from specs.models import Spec, SpecItem
from specs.queries.content import Kind, SpecContent, contents_of
from specs.queries.item_shapes import ItemOut, TechnicalOut
from specs.queries.references import GROUPS
from specs.states import LOCKED

SWITCHES = (
    "skip_test_coverage",
    "skip_rules_coverage",
    "skip_trs_coverage",
    "skip_contract_coverage",
    "skip_decisions_coverage",
    "skip_qualitative_validation",
)
THRESHOLDS = (
    "validation_threshold",
    "require_task_validation",
    "validation_min_confidence",
    "validation_min_completeness",
    "validation_max_drift",
)


class SpecSummary(TypedDict, total=False):
    """A spec without its texts. `item_counts` by list; cards_* count live cards: neither archived nor cancelled."""

    id: str
    ref: str
    board_id: str
    title: str
    status: str
    version: int
    revision: int
    locked: bool
    assignee_id: str | None
    labels: list[str]
    ideation_id: str | None
    refinement_id: str | None
    archived: bool
    item_counts: dict[str, int]
    cards_total: int
    cards_done: int
    created_by: str
    created_at: str | None
    updated_at: str | None


class SpecRow(SpecSummary, total=False):
    """A whole spec without its structured items. `*_items` are the requirements and criteria with ids and links."""

    description: str
    context: str
    functional_requirements: list[str]
    functional_requirements_items: list[ItemOut]
    technical_requirements: list[TechnicalOut]
    acceptance_criteria: list[str]
    acceptance_criteria_items: list[ItemOut]
    skip_test_coverage: bool
    skip_rules_coverage: bool
    skip_trs_coverage: bool
    skip_contract_coverage: bool
    skip_decisions_coverage: bool
    skip_qualitative_validation: bool
    validation_threshold: int | None
    require_task_validation: bool | None
    validation_min_confidence: int | None
    validation_min_completeness: int | None
    validation_max_drift: int | None
    locked_at: str | None
    locked_by: str | None


SUMMARY = frozenset(SpecSummary.__annotations__)
WHOLE = SUMMARY | frozenset(SpecRow.__annotations__)
# What others write in a spec.
FOREIGN = (
    "title",
    "description",
    "context",
    "functional_requirements",
    "functional_requirements_items[].text",
    "technical_requirements[].text",
    "acceptance_criteria",
    "acceptance_criteria_items[].text",
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much hangs on a spec."""

    items: Mapping[str, int] = field(default_factory=dict)
    cards_total: int = 0
    cards_done: int = 0


def cards_of(pks: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """The live cards of each spec, and how many of them are done, in one query."""
    live = Card.objects.filter(spec_id__in=pks, archived_at=None).exclude(status="cancelled").order_by()
    counted = live.values_list("spec_id").annotate(total=Count("pk"), done=Count("pk", filter=Q(status="done")))
    return {pk: (total, done) for pk, total, done in counted if pk is not None}


def counts_of(pks: Collection[UUID]) -> dict[UUID, Counts]:
    """Two queries, however many specs."""
    names = {kind: name for name, kind in GROUPS.items()}
    items: dict[UUID, dict[str, int]] = defaultdict(lambda: dict.fromkeys(GROUPS, 0))
    rows = SpecItem.objects.filter(spec_id__in=pks).order_by()
    for pk, kind, count in rows.values_list("spec_id", "kind").annotate(count=Count("pk")):
        items[pk][names[Kind(kind)]] = count
    cards = cards_of(pks)
    return {pk: Counts(items[pk], *cards.get(pk, (0, 0))) for pk in pks}


def summary_row(spec: Spec, counts: Counts) -> SpecSummary:
    return {
        "id": str(spec.pk),
        "ref": spec.ref,
        "board_id": str(spec.board_id),
        "title": spec.title,
        "status": spec.status,
        "version": spec.version,
        "revision": spec.revision,
        "locked": spec.status in LOCKED,
        "assignee_id": spec.assignee_id or None,
        "labels": list(spec.labels),
        "ideation_id": _text(spec.ideation_id),
        "refinement_id": _text(spec.refinement_id),
        "archived": spec.is_archived,
        "item_counts": dict(counts.items),
        "cards_total": counts.cards_total,
        "cards_done": counts.cards_done,
        "created_by": spec.created_by,
        "created_at": iso(spec.created_at),
        "updated_at": iso(spec.updated_at),
    }


def whole_row(content: SpecContent, counts: Counts) -> SpecRow:
    spec = content.spec
    switches: dict[str, Any] = {name: getattr(spec, name) for name in (*SWITCHES, *THRESHOLDS)}
    row: dict[str, Any] = {
        **summary_row(spec, counts),
        "description": spec.description,
        "context": spec.context,
        "functional_requirements": content.texts(Kind.FUNCTIONAL),
        "functional_requirements_items": [content.wire_requirement(item) for item in content.requirements],
        "technical_requirements": [content.wire_technical(item) for item in content.technical],
        "acceptance_criteria": content.texts(Kind.CRITERION),
        "acceptance_criteria_items": [content.wire_requirement(item) for item in content.criteria],
        **switches,
        "locked_at": iso(spec.locked_at),
        "locked_by": spec.locked_by or None,
    }
    return cast("SpecRow", row)  # the switches are read by name


def whole_row_of(content: SpecContent) -> SpecRow:
    """One whole spec whose content is loaded; one query."""
    items = {name: len(content.of_kind(kind)) for name, kind in GROUPS.items()}
    cards = cards_of([content.spec.pk]).get(content.spec.pk, (0, 0))
    return whole_row(content, Counts(items, *cards))


def summaries_of(specs: Sequence[Spec]) -> list[SpecSummary]:
    """Specs as lists show them, in their order: two queries, however many."""
    counts = counts_of([spec.pk for spec in specs])
    return [summary_row(spec, counts[spec.pk]) for spec in specs]


def whole_rows_of(specs: Sequence[Spec]) -> list[SpecRow]:
    """Whole specs, in their order: seven queries, however many."""
    pks = [spec.pk for spec in specs]
    counts, contents = counts_of(pks), contents_of(pks)
    return [whole_row(contents[spec.pk], counts[spec.pk]) for spec in specs if spec.pk in contents]


def _text(pk: UUID | None) -> str | None:
    return str(pk) if pk else None
