"""Everything about one spec in one answer, in a number of queries that does not grow with it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from boards.call import BoardCall
from boards.queries import questions
from specs.models import Spec
from specs.queries import architecture, cards, knowledge, mockups, specs, sprints
from specs.queries.content import SpecContent, content_of
from specs.queries.coverage import CoverageSummary, summary_of
from specs.queries.item_shapes import ContractOut, DecisionOut, RuleOut, ScenarioOut
from specs.queries.references import Attached, References, resolved_references
from specs.queries.specs import SpecRow, whole_row_of

Rows = list[dict[str, Any]]


class SpecContext(SpecRow, total=False):
    """A spec with all that belongs to it. `omitted` names what the caller may not read; those parts are empty.

    `decisions` are the active ones unless more is asked for; `decisions_stats` counts them all by status. Rows of
    cards, sprints and artefacts are those that their own lists answer.
    """

    test_scenarios: list[ScenarioOut]
    business_rules: list[RuleOut]
    api_contracts: list[ContractOut]
    decisions: list[DecisionOut]
    decisions_stats: dict[str, int]
    evaluations: Rows
    cards: Rows
    sprints: Rows
    screen_mockups: Rows
    architecture_designs: Rows
    qa_items: Rows
    knowledge_bases: Rows
    resolved_references: References
    coverage_summary: CoverageSummary
    omitted: list[str]


KEYS = specs.WHOLE | frozenset(SpecContext.__annotations__)
# Parts that have a flag of their own.
SECTIONS: Mapping[str, str] = {
    "test_scenarios": "spec.tests.read",
    "business_rules": "spec.rules.read",
    "api_contracts": "spec.contracts.read",
    "evaluations": "spec.evaluations.read",
    "cards": "card.entity.read",
    "sprints": "sprint.entity.read",
    "screen_mockups": "spec.mockups.read",
    "architecture_designs": "spec.architecture.read",
    "qa_items": "spec.qa.read",
    "knowledge_bases": "spec.knowledge.read",
}
FOREIGN = (
    *specs.FOREIGN,
    *(f"test_scenarios[].{name}" for name in ("title", "given", "when", "then", "notes", "evidence")),
    *(f"business_rules[].{name}" for name in ("title", "rule", "when", "then", "notes")),
    *(f"api_contracts[].{name}" for name in ("path", "description", "request_body", "response_success", "notes")),
    *(f"decisions[].{name}" for name in ("title", "rationale", "context", "alternatives_considered", "notes")),
    "cards[].title",
    "sprints[].title",
    "screen_mockups[].html_content",
    "architecture_designs[].global_description",
    "qa_items[].question",
    "qa_items[].answer",
    "knowledge_bases[].content",
    "resolved_references",
)
GROUP_SECTIONS = (*list(SECTIONS)[:3], "knowledge_bases", "screen_mockups", "architecture_designs")


def context_of(
    call: BoardCall, spec: Spec, keys: Collection[str], *, left_out: Collection[str] = (), include_superseded: bool
) -> SpecContext:
    """The context of a spec, as far as `keys` asks for it. `left_out` are sections that the caller does not want."""
    content = content_of(spec)
    omitted = [name for name, flag in SECTIONS.items() if name in keys and not call.holds(flag)]
    shown = {name for name in SECTIONS if call.holds(SECTIONS[name])} - set(left_out)
    wanted = shown & (set(keys) | (set(GROUP_SECTIONS) if "resolved_references" in keys else set()))
    parts = _parts(content, wanted, include_superseded=include_superseded)
    row = whole_row_of(content)
    answer: dict[str, Any] = {
        **row,
        **{name: [] for name in SECTIONS},
        **parts,
        "decisions_stats": _stats(content),
        "coverage_summary": summary_of(content, cards_total=row["cards_total"], cards_done=row["cards_done"]),
        "omitted": omitted,
    }
    if "resolved_references" in keys:
        answer["resolved_references"] = _references(content, parts, shown, include_superseded=include_superseded)
    return cast("SpecContext", {name: answer[name] for name in answer if name in keys})


def _parts(content: SpecContent, wanted: Collection[str], *, include_superseded: bool) -> dict[str, Any]:
    pk = content.spec.pk
    load: Mapping[str, Callable[[], Any]] = {
        "test_scenarios": lambda: [content.wire_scenario(item) for item in content.scenarios],
        "business_rules": lambda: [content.wire_rule(item) for item in content.rules],
        "api_contracts": lambda: [content.wire_contract(item) for item in content.contracts],
        "cards": lambda: cards.rows_of(content.spec.cards.order_by("status", "rank", "number")),
        "sprints": lambda: sprints.by_spec([pk]).get(pk, []),
        "screen_mockups": lambda: mockups.by_entity([pk]).get(pk, []),
        "architecture_designs": lambda: architecture.by_entity([pk]).get(pk, []),
        "qa_items": lambda: questions.by_entity([pk]).get(pk, []),
        "knowledge_bases": lambda: knowledge.by_entity([pk], content=True).get(pk, []),
    }
    parts = {name: load[name]() for name in load if name in wanted}
    shown = [item for item in content.decisions if include_superseded or item.status == "active"]
    return {**parts, "decisions": [content.wire_decision(item) for item in shown]}


def _stats(content: SpecContent) -> dict[str, int]:
    statuses = [decision.status for decision in content.decisions]
    return {"total": len(statuses), **{name: statuses.count(name) for name in ("active", "superseded", "revoked")}}


def _references(
    content: SpecContent, parts: Mapping[str, Any], shown: Collection[str], *, include_superseded: bool
) -> References:
    attached = Attached(
        parts.get("knowledge_bases", ()), parts.get("screen_mockups", ()), parts.get("architecture_designs", ())
    )
    groups = resolved_references(content.spec, attached, content, include_superseded=include_superseded)
    return {group: rows if group not in SECTIONS or group in shown else [] for group, rows in groups.items()}
