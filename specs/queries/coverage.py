"""How far a spec is covered: criteria by scenarios, requirements by rules, items by live cards.

Percentages have one decimal; 100 where there is nothing to cover.
"""

from collections.abc import Sequence
from typing import TypedDict

from specs.models import SpecItem
from specs.queries.content import Kind, SpecContent


class Coverage(TypedDict):
    """The published coverage object. Indices are 0-based places in the lists of the spec."""

    ac_coverage_pct: float
    ac_covered: int
    ac_total: int
    ac_uncovered_indices: list[int]
    fr_coverage_pct: float
    fr_covered: int
    fr_total: int
    fr_uncovered_indices: list[int]
    scenario_task_linkage_pct: float
    scenarios_linked: int
    scenarios_total: int
    br_task_linkage_pct: float
    brs_linked: int
    brs_total: int
    contract_task_linkage_pct: float
    contracts_linked: int
    contracts_total: int
    tr_task_linkage_pct: float
    trs_linked: int
    trs_total: int
    decisions_coverage_pct: float
    decisions_linked: int
    decisions_total: int
    decisions_uncovered_ids: list[str]
    skip_test_coverage: bool
    skip_rules_coverage: bool
    skip_trs_coverage: bool
    skip_contract_coverage: bool
    skip_decisions_coverage: bool


class CoverageSummary(Coverage):
    """The same with the names that context answers use beside, and the live cards of the spec."""

    acceptance_criteria_total: int
    acceptance_criteria_covered: int
    uncovered_indices: list[int]
    test_scenarios_total: int
    business_rules_total: int
    api_contracts_total: int
    cards_total: int
    cards_done: int


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 100.0


def uncovered(content: SpecContent, kind: str, by: Sequence[SpecItem]) -> list[int]:
    """Places of the items of a kind to which none of these others refers."""
    referred = {target.pk for item in by for target in content.links_of(item, kind)}
    return [place for place, item in enumerate(content.of_kind(kind)) if item.pk not in referred]


def idle(content: SpecContent, items: Sequence[SpecItem]) -> list[SpecItem]:
    """The items that no live card works on."""
    return [item for item in items if not content.is_worked_on(item)]


def coverage_of(content: SpecContent) -> Coverage:
    """The coverage of a spec; of its decisions only active ones count."""
    bare = uncovered(content, Kind.CRITERION, content.scenarios)
    ruleless = uncovered(content, Kind.FUNCTIONAL, content.rules)
    criteria, requirements = len(content.criteria), len(content.requirements)
    active = [decision for decision in content.decisions if decision.status == "active"]
    open_decisions = idle(content, active)
    scenarios, rules, contracts, technical = (
        (len(items) - len(idle(content, items)), len(items))
        for items in (content.scenarios, content.rules, content.contracts, content.technical)
    )
    spec = content.spec
    return {
        "ac_coverage_pct": percent(criteria - len(bare), criteria),
        "ac_covered": criteria - len(bare),
        "ac_total": criteria,
        "ac_uncovered_indices": bare,
        "fr_coverage_pct": percent(requirements - len(ruleless), requirements),
        "fr_covered": requirements - len(ruleless),
        "fr_total": requirements,
        "fr_uncovered_indices": ruleless,
        "scenario_task_linkage_pct": percent(*scenarios),
        "scenarios_linked": scenarios[0],
        "scenarios_total": scenarios[1],
        "br_task_linkage_pct": percent(*rules),
        "brs_linked": rules[0],
        "brs_total": rules[1],
        "contract_task_linkage_pct": percent(*contracts),
        "contracts_linked": contracts[0],
        "contracts_total": contracts[1],
        "tr_task_linkage_pct": percent(*technical),
        "trs_linked": technical[0],
        "trs_total": technical[1],
        "decisions_coverage_pct": percent(len(active) - len(open_decisions), len(active)),
        "decisions_linked": len(active) - len(open_decisions),
        "decisions_total": len(active),
        "decisions_uncovered_ids": [decision.public_id for decision in open_decisions],
        "skip_test_coverage": spec.skip_test_coverage,
        "skip_rules_coverage": spec.skip_rules_coverage,
        "skip_trs_coverage": spec.skip_trs_coverage,
        "skip_contract_coverage": spec.skip_contract_coverage,
        "skip_decisions_coverage": spec.skip_decisions_coverage,
    }


def summary_of(content: SpecContent, *, cards_total: int, cards_done: int) -> CoverageSummary:
    """The coverage as context answers show it; only live cards are counted."""
    coverage = coverage_of(content)
    return {
        **coverage,
        "acceptance_criteria_total": coverage["ac_total"],
        "acceptance_criteria_covered": coverage["ac_covered"],
        "uncovered_indices": coverage["ac_uncovered_indices"],
        "test_scenarios_total": coverage["scenarios_total"],
        "business_rules_total": coverage["brs_total"],
        "api_contracts_total": coverage["contracts_total"],
        "cards_total": cards_total,
        "cards_done": cards_done,
    }


def share_of(content: SpecContent) -> tuple[int, int]:
    """How many of the things that gates look at are covered, and how many there are: one number for a list."""
    found = coverage_of(content)
    parts = (
        (found["ac_covered"], found["ac_total"]),
        (found["fr_covered"], found["fr_total"]),
        (found["scenarios_linked"], found["scenarios_total"]),
        (found["brs_linked"], found["brs_total"]),
        (found["contracts_linked"], found["contracts_total"]),
        (found["trs_linked"], found["trs_total"]),
        (found["decisions_linked"], found["decisions_total"]),
    )
    return sum(covered for covered, _ in parts), sum(total for _, total in parts)
