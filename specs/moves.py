"""Moving an object along its state machine, and looking ahead at every step that it could take."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict
from uuid import UUID

from boards.call import BoardCall
from boards.models import Card, Entity
from specs import gates, states
from specs.gates import Unmet
from specs.states import Step


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one object: what a gate of a step looks at.

    `facts` is what the loader of the kind found for the object. `given` holds the arguments that only the caller knows
    (a report); it is None when somebody only looks ahead: a gate that asks for such arguments then says nothing, and
    `needs` of the step names them.
    """

    entity: Entity
    to: str
    facts: Any
    given: Mapping[str, Any] | None = field(default=None)


Loader = Callable[[BoardCall, Sequence[Any]], Mapping[UUID, Any]]
Asks = Callable[[Any, str], tuple[str, ...]]
_loaders: dict[str, Loader] = {}
_asks: dict[str, Asks] = {}


def loads(kind: str, *, asks: Asks | None = None) -> Callable[[Loader], Loader]:
    """Declare the loader of a kind's facts: for any number of objects, in a constant number of queries.

    `asks(entity, to)` names the arguments beside `status` that the step needs from the caller.
    """

    def declare(loader: Loader) -> Loader:
        _loaders[kind] = loader
        if asks is not None:
            _asks[kind] = asks
        return loader

    return declare


def facts_of(call: BoardCall, kind: str, entities: Sequence[Entity]) -> Mapping[UUID, Any]:
    return _loaders[kind](call, entities) if kind in _loaders and entities else {}


def _type_of(entity: Entity) -> str:
    return entity.card_type if isinstance(entity, Card) else ""


def begin(call: BoardCall, operation: str, entity: Entity, to: str) -> Step:
    """The step to another status, once it is legal and permitted; its gates are asked next, by `ask`.

    Errors: GATE_BLOCKED (archived), VALIDATION_ERROR, INVALID_TRANSITION, PERMISSION_DENIED.
    """
    gates.demand(call, operation, ["archived"], entity)
    step = states.step(entity, to, _type_of(entity))
    call.demand_in(entity, step.needs)
    return step


def ask(call: BoardCall, operation: str, step: Step, entity: Entity, to: str, given: Mapping[str, Any]) -> None:
    """Refuse with GATE_BLOCKED when a condition of the step is unmet."""
    facts = facts_of(call, entity.kind, [entity]).get(entity.pk)
    gates.demand(call, operation, step.gates, Move(entity, to, facts, given), (entity.status, to))


class Transition(TypedDict):
    """One legal step: whether this caller may take it now, and what is in the way."""

    to: str
    allowed: bool
    flag_missing: str | None
    needs: list[str]
    unmet: list[dict[str, Any]]


def transitions(call: BoardCall, entities: Sequence[Entity]) -> dict[UUID, list[Transition]]:
    """The legal steps of objects of one kind, each with its unmet conditions. Counts as no refusal."""
    if not entities:
        return {}
    facts = facts_of(call, entities[0].kind, entities)
    return {entity.pk: [*_ahead(call, entity, facts.get(entity.pk))] for entity in entities}


def _ahead(call: BoardCall, entity: Entity, facts: Any) -> Iterable[Transition]:
    archived = gates.unmet_of(["archived"], entity)
    for to, step in states.steps_of(entity.kind, entity.status, _type_of(entity)).items():
        unmet: list[Unmet] = archived or gates.unmet_of(step.gates, Move(entity, to, facts))
        missing = call.missing(step.needs) or call.missing_in(entity)
        asked = _asks.get(entity.kind)
        yield {
            "to": to,
            "allowed": missing is None and not unmet,
            "flag_missing": missing,
            "needs": list(asked(entity, to)) if asked else [],
            "unmet": [item.wire(call) for item in unmet],
        }
