"""The items of a spec as answers show them."""

from typing import Any, TypedDict


class LinkOut(TypedDict):
    """What an item refers to: `index` is its 0-based place in the list of its kind."""

    id: str
    ref: str
    index: int
    text: str


class ItemOut(TypedDict):
    """A functional requirement or acceptance criterion; the published lists hold the bare texts beside."""

    id: str
    ref: str
    text: str
    revision: int
    links: list[LinkOut]


class TechnicalOut(TypedDict):
    id: str
    ref: str
    text: str
    linked_task_ids: list[str]
    linked_requirements: list[str]
    links: list[LinkOut]
    revision: int


class Evidence(TypedDict):
    """The newest proof of a scenario."""

    test_file_path: str | None
    test_function: str | None
    last_run_at: str | None
    test_run_id: str | None
    output_snippet: str | None


class ScenarioOut(TypedDict):
    id: str
    ref: str
    title: str
    linked_criteria: list[str]
    links: list[LinkOut]
    scenario_type: str
    given: str
    when: str
    then: str
    notes: str | None
    status: str
    linked_task_ids: list[str]
    evidence: Evidence | None
    revision: int


class RuleOut(TypedDict):
    id: str
    ref: str
    title: str
    rule: str
    when: str
    then: str
    linked_requirements: list[str]
    links: list[LinkOut]
    linked_task_ids: list[str]
    notes: str | None
    revision: int


class ContractOut(TypedDict):
    id: str
    ref: str
    method: str
    path: str
    description: str
    request_body: dict[str, Any] | None
    response_success: dict[str, Any] | None
    response_errors: list[Any] | None
    linked_requirements: list[str]
    linked_rules: list[str]
    links: list[LinkOut]
    linked_task_ids: list[str]
    notes: str | None
    revision: int


class DecisionOut(TypedDict):
    id: str
    ref: str
    title: str
    rationale: str
    context: str | None
    alternatives_considered: list[str]
    supersedes_decision_id: str | None
    linked_requirements: list[str]
    links: list[LinkOut]
    linked_task_ids: list[str]
    status: str
    notes: str | None
    revision: int
