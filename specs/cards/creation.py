"""Making cards: what each type needs, where its spec must be, and what it begins with."""

from collections.abc import Sequence

from boards.call import BoardCall
from boards.creation import create
from boards.models import Card
from pulse_project.core.errors import Code, Failure
from specs import gates, locks, moves, states
from specs.cards import columns, scenarios
from specs.cards.inputs import NewCard
from specs.gates.card import Acceptance
from specs.models import Scenario, Spec

CREATE_CARD = "okto_pulse_create_card"
BUG_NEEDS = ("origin_task_id", "severity", "expected_behavior", "observed_behavior")
TEXTS = ("description", "details", "expected_behavior", "observed_behavior", "steps_to_reproduce", "action_plan")


def create_card(call: BoardCall, data: NewCard) -> Card:
    """A new card at the end of its column.

    Errors: PERMISSION_DENIED, VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED.
    """
    if data.card_type == "test":
        call.demand("card.entity.create_test")
    columns.hold(call.board)
    origin = _origin(call, data)
    spec = _spec(call, data, origin)
    gates.demand(call, CREATE_CARD, ["card_spec_state"], Acceptance(spec, data.card_type))
    tested = scenarios.scenarios_of(spec, data.test_scenario_ids)
    scenarios.demand_some(data.card_type, tested)
    scenarios.demand_few(call, CREATE_CARD, spec, tested)
    card = _store(call, data, spec, origin)
    scenarios.link(call, card, tested)
    _demand_start(call, card)
    _tell(call, card, tested)
    return card


def _origin(call: BoardCall, data: NewCard) -> Card | None:
    """The card in which a bug was found."""
    if data.card_type != "bug":
        return call.entity(Card, data.origin_task_id, "origin_task_id") if data.origin_task_id else None
    for name in BUG_NEEDS:
        if not getattr(data, name).strip():
            raise Failure(Code.VALIDATION_ERROR, f"A bug needs {', '.join(BUG_NEEDS)}.", field=name)
    return call.entity(Card, data.origin_task_id, "origin_task_id")


def _spec(call: BoardCall, data: NewCard, origin: Card | None) -> Spec:
    """The spec of the new card: a bug has that of its origin, whatever is named."""
    if data.card_type == "bug" and origin is not None:
        if origin.spec_id is None:
            message = f"{origin.ref} belongs to no spec; link it to one, then report the bug."
            raise Failure(Code.VALIDATION_ERROR, message, field="origin_task_id")
        name, field = str(origin.spec_id), "origin_task_id"
    elif data.spec_id:
        name, field = data.spec_id, "spec_id"
    else:
        raise Failure(Code.VALIDATION_ERROR, "A card belongs to a spec: spec_id is missing.", field="spec_id")
    spec = call.entity(Spec, name, field, lock=True)
    locks.demand_live(call, spec, CREATE_CARD)
    return spec


def _store(call: BoardCall, data: NewCard, spec: Spec, origin: Card | None) -> Card:
    return create(
        call,
        Card,
        "card",
        title=data.title,
        status=data.status,
        spec=spec,
        origin_task=origin,
        rank=columns.rank_at(call.board, data.status),
        card_type=data.card_type,
        priority=data.priority,
        severity=data.severity,
        assignee_id=data.assignee_id,
        labels=data.labels,
        due_date=data.due_date,
        **{name: getattr(data, name) for name in TEXTS},
    )


def _demand_start(call: BoardCall, card: Card) -> None:
    """A card that begins as started meets what the step from not_started would ask."""
    if card.status == "not_started":
        return
    step = states.steps_of("card", "not_started", card.card_type)[card.status]
    call.demand(step.needs)
    facts = moves.facts_of(call, "card", [card])[card.pk]
    move = moves.Move(card, card.status, facts, {})
    gates.demand(call, CREATE_CARD, step.gates, move, ("not_started", card.status))


def _tell(call: BoardCall, card: Card, tested: Sequence[Scenario]) -> None:
    call.tell(
        "card.created",
        card,
        spec_id=str(card.spec_id),
        sprint_id=None,
        card_type=card.card_type,
        priority=card.priority,
        status=card.status,
        test_scenario_ids=[scenario.public_id for scenario in tested],
        origin_task_id=str(card.origin_task_id) if card.origin_task_id else None,
    )
