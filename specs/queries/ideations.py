"""Ideations, as answers show them and as search finds them."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from boards import indexing
from boards.queries.questions import QaItem
from boards.shaping import narrowed
from specs.models import Ideation
from specs.queries import refinements, specs
from specs.queries.plans import Load, PlanHead, PlanParts, Shape, head_of
from specs.scope_assessment import JUSTIFICATIONS


class IdeationSummary(PlanHead):
    """`complexity` is null until the scope was assessed."""

    complexity: str | None


class IdeationRow(IdeationSummary, total=False):
    """A whole ideation; list rows leave its texts out unless they are asked for."""

    description: str
    problem_statement: str
    proposed_approach: str
    scope_assessment: dict[str, Any] | None


@narrowed
class IdeationDetail(IdeationRow, total=False):
    """`omitted` names the parts that the caller may not read; they are empty."""

    refinements: list[refinements.RefinementSummary]
    specs: list[specs.SpecSummary]
    qa_items: list[QaItem]
    omitted: list[str]


@narrowed
class IdeationContext(IdeationDetail, PlanParts, total=False):
    """An ideation with all that hangs on it."""


TEXTS = ("title", "description", "problem_statement", "proposed_approach", "scope_assessment")


def summary_row(ideation: Ideation) -> IdeationSummary:
    return {**head_of(ideation), "complexity": ideation.complexity or None}


def row_of(ideation: Ideation) -> IdeationRow:
    return {
        **summary_row(ideation),
        "description": ideation.description,
        "problem_statement": ideation.problem_statement,
        "proposed_approach": ideation.proposed_approach,
        "scope_assessment": ideation.scope_assessment,
    }


def _loaders(ideation: Ideation) -> dict[str, Load]:
    return {
        "refinements": lambda: [
            refinements.summary_row(row) for row in ideation.refinements.order_by("created_at", "pk")
        ],
        "specs": lambda: specs.summaries_of(list(ideation.specs.order_by("created_at", "pk"))),
    }


SHAPE = Shape(
    summary=IdeationSummary,
    whole=IdeationRow,
    detail=IdeationDetail,
    context=IdeationContext,
    texts=TEXTS,
    sections={
        "refinements": "refinement.entity.read",
        "specs": "spec.entity.read",
        "qa_items": "ideation.qa.read",
        "screen_mockups": "ideation.mockups.read",
        "architecture_designs": "ideation.architecture.read",
        "knowledge_bases": "ideation.entity.read",
    },
    summary_of=summary_row,
    row_of=row_of,
    loaders=_loaders,
)


@indexing.describes("ideation", documents=["ideation"])
def documents(entity_ids: Collection[UUID]) -> Iterable[indexing.Document]:
    """One document an ideation, with the reasons of its scores."""
    for row in Ideation.objects.filter(pk__in=entity_ids):
        reasons = (str((row.scope_assessment or {}).get(name, "")) for name in JUSTIFICATIONS)
        texts = (row.description, row.problem_statement, row.proposed_approach, *reasons, *row.labels)
        yield indexing.Document(row.pk, "ideation", "", row.title, "\n".join(filter(None, texts)))
