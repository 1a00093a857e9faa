"""The scenarios of a spec, filtered, and which criteria they cover."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import Id, OnObject
from boards.paging import Following, PagedByOffset
from specs.catalog import specs
from specs.families import items as family
from specs.models import Scenario
from specs.operations.scenarios import WORDS, ScenarioStatus, ScenarioType
from specs.queries.content import Kind, SpecContent
from specs.queries.coverage import uncovered
from specs.queries.item_shapes import ScenarioOut


class ListScenarios(PagedByOffset, OnObject):
    spec_id: Id
    status: ScenarioStatus | Literal[""] = ""
    scenario_type: ScenarioType | Literal[""] = ""
    linked: Literal["linked", "unlinked", ""] = Field("", description="By whether a live card tests them.")


class CoveredCriterion(TypedDict):
    index: int
    id: str
    ref: str
    text: str
    scenario_ids: list[str]


class CriteriaCoverage(TypedDict):
    total_criteria: int
    covered: int
    uncovered_indices: list[int]
    uncovered: list[str]
    details: list[CoveredCriterion]


class ScenarioCounts(TypedDict):
    by_status: dict[str, int]
    by_type: dict[str, int]
    linked: int
    unlinked: int


class ScenarioList(Following):
    """`total_scenarios` and `summary` are about the spec, `filtered_count` about what the filters let through."""

    spec_id: str
    total_scenarios: int
    filtered_count: int
    offset: int
    limit: int
    scenarios: list[ScenarioOut]
    acceptance_criteria: list[str]
    coverage: CriteriaCoverage
    summary: ScenarioCounts


@specs.operation(
    needs="spec.tests.read",
    rest="GET specs/<str:spec_id>/scenarios",
    untrusted=(*(f"scenarios[].{name}" for name in WORDS), "acceptance_criteria"),
)
def list_test_scenarios(call: BoardCall, data: ListScenarios) -> ScenarioList:
    """The scenarios of a spec in their order, and which criteria they cover.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    content = family.read(call, data.spec_id)
    matching = [scenario for scenario in content.scenarios if _matches(content, scenario, data)]
    found, cursor = family.page_of_items(matching, data)
    return {
        "spec_id": str(content.spec.pk),
        "total_scenarios": len(content.scenarios),
        "filtered_count": len(matching),
        "offset": data.offset,
        "limit": data.limit,
        "next_cursor": cursor,
        "scenarios": [content.wire_scenario(item) for item in found],
        "acceptance_criteria": content.texts(Kind.CRITERION),
        "coverage": _criteria(content),
        "summary": _counts(content),
    }


def _matches(content: SpecContent, scenario: Scenario, data: ListScenarios) -> bool:
    asked = {"status": data.status, "scenario_type": data.scenario_type}
    if any(value and getattr(scenario, name) != value for name, value in asked.items()):
        return False
    return not data.linked or content.is_worked_on(scenario) == (data.linked == "linked")


def _criteria(content: SpecContent) -> CriteriaCoverage:
    covering: Mapping[int, list[str]] = {criterion.pk: [] for criterion in content.criteria}
    for scenario in content.scenarios:
        for target in content.links_of(scenario, Kind.CRITERION):
            covering[target.pk].append(scenario.public_id)
    bare = uncovered(content, Kind.CRITERION, content.scenarios)
    return {
        "total_criteria": len(content.criteria),
        "covered": len(content.criteria) - len(bare),
        "uncovered_indices": bare,
        "uncovered": [content.criteria[place].text for place in bare],
        "details": [
            {
                "index": place,
                "id": item.public_id,
                "ref": item.ref,
                "text": item.text,
                "scenario_ids": covering[item.pk],
            }
            for place, item in enumerate(content.criteria)
        ],
    }


def _counts(content: SpecContent) -> ScenarioCounts:
    linked = sum(content.is_worked_on(scenario) for scenario in content.scenarios)

    def by(name: str, values: list[Any]) -> dict[str, int]:
        return {value: sum(getattr(item, name) == value for item in content.scenarios) for value in values}

    return {
        "by_status": by("status", Scenario.Status.values),
        "by_type": by("scenario_type", Scenario.Type.values),
        "linked": linked,
        "unlinked": len(content.scenarios) - linked,
    }
