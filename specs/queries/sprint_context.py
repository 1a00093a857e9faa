"""One sprint with what lies in it, and with the slice of its spec that it is about."""

from collections.abc import Collection
from typing import Any, TypedDict, cast
from uuid import UUID

from boards.call import BoardCall
from boards.models import Card
from boards.queries import questions
from boards.shaping import narrowed
from specs.models import SpecItem, Sprint
from specs.queries import cards
from specs.queries.cards import CardSummary
from specs.queries.content import content_of
from specs.queries.item_shapes import ContractOut, RuleOut, ScenarioOut, TechnicalOut
from specs.queries.spec_content import Kind, SpecContent
from specs.queries.sprints import SprintRow, row_of

# the parts of an answer that ask for a right of their own
SECTIONS = {
    "cards": "card.entity.read",
    "qa_items": "sprint.qa.read",
    "evaluations": "sprint.evaluations.read",
}
SPEC_SECTIONS = {"spec": "spec.entity.read", "scoped": "spec.entity.read"}


@narrowed
class SprintDetail(SprintRow):
    """A sprint with what lies in it. `omitted` names the parts that the caller may not read; those are empty."""

    evaluations: list[dict[str, Any]]
    cards: list[CardSummary]
    qa_items: list[questions.QaItem]
    omitted: list[str]


class SpecHead(TypedDict):
    """What the spec of a sprint says."""

    id: str
    ref: str
    title: str
    description: str
    context: str
    status: str
    version: int
    revision: int
    functional_requirements: list[str]
    technical_requirements: list[TechnicalOut]
    acceptance_criteria: list[str]


class Scoped(TypedDict):
    """The items that are in the scope of the sprint, or that one of its cards works on."""

    test_scenarios: list[ScenarioOut]
    business_rules: list[RuleOut]
    technical_requirements: list[TechnicalOut]
    api_contracts: list[ContractOut]


@narrowed
class SprintContext(SprintDetail):
    spec: SpecHead | None
    scoped: Scoped


NOTHING: Scoped = {"test_scenarios": [], "business_rules": [], "technical_requirements": [], "api_contracts": []}


def detail_of(call: BoardCall, sprint: Sprint, keys: Collection[str]) -> SprintDetail:
    """The sprint with those of its parts that `keys` names and the caller may read. At most seven queries."""
    readable = {name for name, flag in SECTIONS.items() if name in keys and call.holds(flag)}
    return {
        **row_of(sprint),
        "evaluations": [],
        "cards": cards.rows_of(_cards_of(sprint)) if "cards" in readable else [],
        "qa_items": questions.by_entity([sprint.pk])[sprint.pk] if "qa_items" in readable else [],
        "omitted": [name for name in SECTIONS if name in keys and name not in readable],
    }


def _cards_of(sprint: Sprint) -> list[Card]:
    return list(Card.objects.filter(sprint=sprint).order_by("status", "rank", "number"))


def context_of(call: BoardCall, sprint: Sprint, keys: Collection[str], *, include_spec: bool) -> SprintContext:
    """The detail with the spec and the slice of it. At most fourteen queries."""
    detail = detail_of(call, sprint, keys)
    wanted = [name for name in SPEC_SECTIONS if name in keys]
    readable = [name for name in wanted if call.holds(SPEC_SECTIONS[name])]
    context: SprintContext = {
        **detail,
        "spec": None,
        "scoped": NOTHING,
        "omitted": [*detail["omitted"], *(name for name in wanted if name not in readable)],
    }
    if readable:
        content = content_of(sprint.spec)
        context["spec"] = _head(content) if include_spec and "spec" in readable else None
        context["scoped"] = _scoped(content, sprint, detail)
    return context


def _head(content: SpecContent) -> SpecHead:
    spec = content.spec
    return {
        "id": str(spec.pk),
        "ref": spec.ref,
        "title": spec.title,
        "description": spec.description,
        "context": spec.context,
        "status": spec.status,
        "version": spec.version,
        "revision": spec.revision,
        "functional_requirements": content.texts(Kind.FUNCTIONAL),
        "technical_requirements": [content.wire_technical(item) for item in content.technical],
        "acceptance_criteria": content.texts(Kind.CRITERION),
    }


def _scoped(content: SpecContent, sprint: Sprint, detail: SprintDetail) -> Scoped:
    listed = {*detail["test_scenario_ids"], *detail["business_rule_ids"]}
    inside = cast("set[UUID]", set(Card.objects.filter(sprint=sprint).values_list("pk", flat=True)))

    def concerns(item: SpecItem) -> bool:
        return item.public_id in listed or any(task.id in inside for task in content.tasks_of(item))

    return {
        "test_scenarios": [content.wire_scenario(item) for item in content.scenarios if concerns(item)],
        "business_rules": [content.wire_rule(item) for item in content.rules if concerns(item)],
        "technical_requirements": [content.wire_technical(item) for item in content.technical if concerns(item)],
        "api_contracts": [content.wire_contract(item) for item in content.contracts if concerns(item)],
    }
