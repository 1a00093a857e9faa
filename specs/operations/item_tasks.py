"""Linking cards with the items of a spec that they work on."""

from typing import TypedDict

from boards.call import BoardCall, flags_in
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


class TaskOfScenario(OnObject):
    spec_id: Id
    scenario_id: Id
    card_id: Id


class LinkedScenario(Linked):
    scenario_id: str


@specs.operation(
    needs=FLAGS[Kind.SCENARIO],
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/scenarios/<str:scenario_id>/link-task/<str:card_id>",
)
def link_task_to_scenario(call: BoardCall, data: TaskOfScenario) -> LinkedScenario:
    """Let a card test a scenario. Works while the spec is locked; linking twice changes nothing.

    Gates: archived, scenario_cap (board setting max_scenarios_per_card).
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: test_scenario.task_linked.
    """
    done = _linked(call, data, Kind.SCENARIO, "scenario_id", "okto_pulse_link_task_to_scenario")
    return {"scenario_id": done.item.public_id, **_answer(done)}


def _answer(linking: Linking) -> Linked:
    return {"success": True, "card_id": str(linking.card.pk), "coverage": coverage_of(linking.content)}


class TaskOfRule(OnObject):
    spec_id: Id
    rule_id: Id
    card_id: Id


class LinkedRule(Linked):
    rule_id: str


@specs.operation(
    needs=FLAGS[Kind.RULE],
    may_need=INTERACT,
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/rules/<str:rule_id>/link-task/<str:card_id>",
)
def link_task_to_rule(call: BoardCall, data: TaskOfRule) -> LinkedRule:
    """Let a card work on a business rule. Linking twice changes nothing.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: business_rule.task_linked.
    """
    done = _linked(call, data, Kind.RULE, "rule_id", "okto_pulse_link_task_to_rule")
    return {"rule_id": done.item.public_id, **_answer(done)}


class TaskOfContract(OnObject):
    spec_id: Id
    contract_id: Id
    card_id: Id


class LinkedContract(Linked):
    contract_id: str


@specs.operation(
    needs=FLAGS[Kind.CONTRACT],
    may_need=INTERACT,
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/contracts/<str:contract_id>/link-task/<str:card_id>",
)
def link_task_to_contract(call: BoardCall, data: TaskOfContract) -> LinkedContract:
    """Let a card work on an API contract. Linking twice changes nothing.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: api_contract.task_linked.
    """
    done = _linked(call, data, Kind.CONTRACT, "contract_id", "okto_pulse_link_task_to_contract")
    return {"contract_id": done.item.public_id, **_answer(done)}


class TaskOfRequirement(OnObject):
    spec_id: Id
    tr_id: Id
    card_id: Id


class LinkedRequirement(Linked):
    tr_id: str


@specs.operation(
    needs=FLAGS[Kind.TECHNICAL],
    may_need=INTERACT,
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/technical-requirements/<str:tr_id>/link-task/<str:card_id>",
)
def link_task_to_tr(call: BoardCall, data: TaskOfRequirement) -> LinkedRequirement:
    """Let a card work on a technical requirement. Linking twice changes nothing.

    Gates: archived, content_lock.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: requirement.task_linked.
    """
    done = _linked(call, data, Kind.TECHNICAL, "tr_id", "okto_pulse_link_task_to_tr")
    return {"tr_id": done.item.public_id, **_answer(done)}


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
