"""Linking cards with the items of a spec that they work on."""

from dataclasses import dataclass
from typing import Any, TypedDict

from boards.call import BoardCall, flags_in
from boards.families.target import arguments, declare
from boards.inputs import Id, OnObject
from pulse_project.core.operations import Route
from specs.catalog import specs
from specs.families import item_tasks as family
from specs.families.item_tasks import FLAGS, Linking
from specs.families.items import INTERACT
from specs.queries.content import Kind
from specs.queries.coverage import Coverage, coverage_of


class Linked(TypedDict):
    success: bool
    card_id: str
    coverage: Coverage


def _linked(call: BoardCall, data: OnObject, kind: str, field: str, operation: str) -> Linking:
    """Link what the arguments `spec_id`, `<field>` and `card_id` of a call name."""
    spec_id, name, card_id = (str(getattr(data, argument)) for argument in ("spec_id", field, "card_id"))
    linking = family.located(call, spec_id, (kind, name, field), card_id, operation)
    family.link(call, linking, operation)
    return linking


def _answer(linking: Linking) -> Linked:
    return {"success": True, "card_id": str(linking.card.pk), "coverage": coverage_of(linking.content)}


class LinkedScenario(Linked):
    scenario_id: str


class LinkedRule(Linked):
    rule_id: str


class LinkedContract(Linked):
    contract_id: str


class LinkedRequirement(Linked):
    tr_id: str


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of item that cards are linked with: names on the wire, what its tool says, and the shape of its answer."""

    kind: str
    name: str
    path: str
    says: str
    gates: str
    event: str
    output: Any
    interacts: bool = True


TARGETS = (
    Target(
        Kind.SCENARIO, "scenario", "scenarios",
        "Let a card test a scenario. Works while the spec is locked; linking twice changes nothing.",
        "archived, scenario_cap (board setting max_scenarios_per_card)", "test_scenario", LinkedScenario, False,
    ),
    Target(
        Kind.RULE, "rule", "rules", "Let a card work on a business rule. Linking twice changes nothing.",
        "archived, content_lock", "business_rule", LinkedRule,
    ),
    Target(
        Kind.CONTRACT, "contract", "contracts", "Let a card work on an API contract. Linking twice changes nothing.",
        "archived, content_lock", "api_contract", LinkedContract,
    ),
    Target(
        Kind.TECHNICAL, "tr", "technical-requirements",
        "Let a card work on a technical requirement. Linking twice changes nothing.",
        "archived, content_lock", "requirement", LinkedRequirement,
    ),
)  # fmt: skip


def _register(target: Target) -> None:
    field, name = f"{target.name}_id", f"link_task_to_{target.name}"

    def link(call: BoardCall, data: Any) -> Any:
        done = _linked(call, data, target.kind, field, f"okto_pulse_{name}")
        return {field: done.item.public_id, **_answer(done)}

    link.__annotations__["return"] = target.output
    doc = f"""{target.says}

    Gates: {target.gates}.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: {target.event}.task_linked.
    """
    declare(
        specs, link, name, doc,
        arguments(f"TaskOf{target.name.title()}", {"spec_id": (Id, ...), field: (Id, ...), "card_id": (Id, ...)}),
        needs=FLAGS[target.kind], may_need=INTERACT if target.interacts else (), writes=True, idempotent=True,
        rest=f"POST specs/<str:spec_id>/{target.path}/<str:{field}>/link-task/<str:card_id>",
    )  # fmt: skip


for _target in TARGETS:
    _register(_target)


class TaskOfDecision(OnObject):
    spec_id: Id
    decision_id: Id
    card_id: Id


class LinkedDecision(Linked):
    """`linked_tasks` are the ids of all cards that work on the decision."""

    decision_id: str
    linked_tasks: list[str]


@specs.operation(
    needs=FLAGS[Kind.DECISION],
    may_need=INTERACT,
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/decisions/<str:decision_id>/link-task/<str:card_id>",
)
def link_task_to_decision(call: BoardCall, data: TaskOfDecision) -> LinkedDecision:
    """Let a card carry out a decision. Linking twice changes nothing.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: decision.task_linked.
    """
    done = _linked(call, data, Kind.DECISION, "decision_id", "okto_pulse_link_task_to_decision")
    tasks = [str(task.id) for task in done.content.tasks_of(done.item)]
    return {"decision_id": done.item.public_id, "linked_tasks": tasks, **_answer(done)}


class TaskOfItem(OnObject):
    spec_id: Id
    item_id: Id
    card_id: Id


class Unlinked(Linked):
    """`removed`: whether the card had been linked."""

    item_id: str
    removed: bool


MAY_UNLINK = tuple(dict.fromkeys(flag for need in FLAGS.values() for flag in flags_in(need)))


@specs.operation(
    needs=None,
    may_need=(*MAY_UNLINK, *INTERACT),
    writes=True,
    idempotent=True,
    rest=(
        "DELETE specs/<str:spec_id>/items/<str:item_id>/tasks/<str:card_id>",
        Route("POST specs/<str:spec_id>/scenarios/<str:item_id>/unlink-task/<str:card_id>"),
    ),
)
def unlink_task(call: BoardCall, data: TaskOfItem) -> Unlinked:
    """Let a card work no more on an item of a spec: a scenario, rule, contract, technical requirement or decision.

    Needs the right that linking the item needs. Unlinking takes coverage away, so that it is closed while the spec is
    locked, scenarios included.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: requirement.task_unlinked, business_rule.task_unlinked, api_contract.task_unlinked,
    test_scenario.task_unlinked or decision.task_unlinked.
    """
    linking = family.located_item(call, data.spec_id, data.item_id, data.card_id, "okto_pulse_unlink_task")
    removed = family.unlink(call, linking)
    return {"item_id": linking.item.public_id, "removed": removed, **_answer(linking)}
