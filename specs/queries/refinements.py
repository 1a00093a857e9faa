"""Refinements, as answers show them and as search finds them."""

from collections.abc import Collection, Iterable
from uuid import UUID

from boards import indexing
from boards.queries.questions import QaItem
from boards.shaping import narrowed
from specs.models import Refinement
from specs.queries import specs
from specs.queries.plans import PlanHead, PlanParts, Shape, head_of


class RefinementSummary(PlanHead):
    ideation_id: str


class RefinementRow(RefinementSummary, total=False):
    """A whole refinement; list rows leave its texts out unless they are asked for."""

    description: str
    in_scope: list[str]
    out_of_scope: list[str]
    analysis: str
    decisions: list[str]


@narrowed
class RefinementDetail(RefinementRow, total=False):
    """`omitted` names the parts that the caller may not read; they are empty."""

    specs: list[specs.SpecSummary]
    qa_items: list[QaItem]
    omitted: list[str]


@narrowed
class RefinementContext(RefinementDetail, PlanParts, total=False):
    """A refinement with all that hangs on it."""


TEXTS = ("title", "description", "in_scope", "out_of_scope", "analysis", "decisions")


def summary_row(refinement: Refinement) -> RefinementSummary:
    return {**head_of(refinement), "ideation_id": str(refinement.ideation_id)}


def row_of(refinement: Refinement) -> RefinementRow:
    return {
        **summary_row(refinement),
        "description": refinement.description,
        "in_scope": list(refinement.in_scope),
        "out_of_scope": list(refinement.out_of_scope),
        "analysis": refinement.analysis,
        "decisions": list(refinement.decisions),
    }


SHAPE = Shape(
    summary=RefinementSummary,
    whole=RefinementRow,
    detail=RefinementDetail,
    context=RefinementContext,
    texts=TEXTS,
    sections={
        "specs": "spec.entity.read",
        "qa_items": "refinement.qa.read",
        "screen_mockups": "refinement.mockups.read",
        "architecture_designs": "refinement.architecture.read",
        "knowledge_bases": "refinement.knowledge.read",
    },
    summary_of=summary_row,
    row_of=row_of,
    loaders=lambda refinement: {
        "specs": lambda: specs.summaries_of(list(refinement.specs.order_by("created_at", "pk")))
    },
)


@indexing.describes("refinement", documents=["refinement"])
def documents(entity_ids: Collection[UUID]) -> Iterable[indexing.Document]:
    """One document a refinement."""
    for row in Refinement.objects.filter(pk__in=entity_ids):
        texts = (row.description, *row.in_scope, *row.out_of_scope, row.analysis, *row.decisions, *row.labels)
        yield indexing.Document(row.pk, "refinement", "", row.title, "\n".join(filter(None, texts)))
