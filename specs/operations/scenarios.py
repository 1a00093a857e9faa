"""Test scenarios: given, when, then, and the criteria that they cover."""

from typing import Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision
from boards.inputs import ExpectedVersion, Id, OnObject, RequiredText, Text, Title
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.families import items as family
from specs.families.items import INTERACT
from specs.item_inputs import ClearableText, Links, NewItemText, NewItemTitle, NewLinks
from specs.models import Scenario
from specs.queries.content import Kind, SpecContent
from specs.queries.coverage import Coverage, coverage_of
from specs.queries.item_shapes import ScenarioOut

ScenarioType = Literal["unit", "integration", "e2e", "manual"]
ScenarioStatus = Literal["draft", "ready", "automated", "passed", "failed"]
WORDS = ("title", "given", "when", "then", "notes")
FIELDS = ("title", "scenario_type", "given", "when", "then", "notes")
OUT = tuple(f"scenario.{name}" for name in WORDS)


class ScenarioAnswer(TypedDict):
    success: bool
    scenario: ScenarioOut
    coverage: Coverage


def answer(content: SpecContent, scenario: Scenario) -> ScenarioAnswer:
    return {"success": True, "scenario": content.wire_scenario(scenario), "coverage": coverage_of(content)}


class NewScenario(OnObject):
    spec_id: Id
    title: Title
    given: RequiredText
    when: RequiredText
    then: RequiredText
    scenario_type: ScenarioType = "integration"
    linked_criteria: Links = Field(default=[])
    notes: Text = ""


@specs.operation(
    needs="spec.tests.create",
    may_need=INTERACT,
    writes=True,
    rest=Route("POST specs/<str:spec_id>/scenarios", status=201),
    untrusted=OUT,
)
def add_test_scenario(call: BoardCall, data: NewScenario) -> ScenarioAnswer:
    """Add a test scenario to a spec, in draft. The evidence of the others stays.

    linked_criteria names the acceptance criteria that it covers.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: test_scenario.added.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_add_test_scenario")
    fields = {name: getattr(data, name) for name in FIELDS}
    links = [("linked_criteria", Kind.CRITERION, data.linked_criteria)]
    return answer(content, family.added(call, content, Kind.SCENARIO, fields, links))


class ScenarioChange(OnObject):
    spec_id: Id
    scenario_id: Id
    title: NewItemTitle = ""
    scenario_type: ScenarioType | Literal[""] = ""
    given: NewItemText = ""
    when: NewItemText = ""
    then: NewItemText = ""
    notes: ClearableText = None
    linked_criteria: NewLinks = Field(default=[])
    expected_version: ExpectedVersion = None


@specs.operation(
    needs="spec.tests.create",
    may_need=INTERACT,
    writes=True,
    rest="PATCH specs/<str:spec_id>/scenarios/<str:scenario_id>",
    untrusted=OUT,
)
def update_test_scenario(call: BoardCall, data: ScenarioChange) -> ScenarioAnswer:
    """Change the text, type or criteria of a scenario. Its status has an operation of its own.

    What is left out or "" stays; CLEAR or null empties notes and linked_criteria. `expected_version` is the revision
    of the scenario.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: test_scenario.updated.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_update_test_scenario")
    scenario = family.found(content, Scenario, Kind.SCENARIO, data.scenario_id, "scenario_id")
    wanted = family.wanted_of(data, FIELDS)
    links = family.links_of(data, linked_criteria=Kind.CRITERION)
    family.demand_something(wanted, links, (*FIELDS, "linked_criteria"))
    family.changed(call, content, scenario, wanted, links, data.expected_version)
    return answer(content, scenario)


class OneScenario(OnObject):
    spec_id: Id
    scenario_id: Id
    expected_version: ExpectedVersion = None


class RemovedScenario(TypedDict):
    success: bool
    removed: str
    remaining: int
    coverage: Coverage


@specs.operation(
    needs="spec.tests.create",
    may_need=INTERACT,
    writes=True,
    destructive=True,
    rest="DELETE specs/<str:spec_id>/scenarios/<str:scenario_id>",
)
def delete_test_scenario(call: BoardCall, data: OneScenario) -> RemovedScenario:
    """Delete a scenario with its evidence, and take it out of the scope of sprints.

    Refused while cards test it: unlink them first, so that no test card silently loses what it is for.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: test_scenario.removed.
    """
    content = family.opened(call, data.spec_id, "okto_pulse_delete_test_scenario")
    scenario = family.found(content, Scenario, Kind.SCENARIO, data.scenario_id, "scenario_id")
    check_revision(data.expected_version, scenario.revision, "scenario")
    tasks = content.tasks_of(scenario)
    if tasks:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{scenario.ref} is tested by {', '.join(task.ref for task in tasks[:10])}. Unlink the cards first.",
            field="scenario_id",
            linked_task_ids=[str(task.id) for task in tasks],
        )
    family.removed(call, content, scenario)
    return {
        "success": True,
        "removed": scenario.public_id,
        "remaining": len(content.scenarios),
        "coverage": coverage_of(content),
    }
