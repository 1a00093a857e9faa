"""Looking ahead: every step that an object could take, and what is in its way."""

from typing import Literal, TypedDict

from boards.call import BoardCall
from boards.inputs import Id, OnBoard
from boards.models import Card, Entity
from specs.catalog import cards
from specs.models import Ideation, Refinement, Spec, Sprint
from specs.moves import Transition, transitions

MODELS: dict[str, type[Entity]] = {
    "card": Card,
    "ideation": Ideation,
    "refinement": Refinement,
    "spec": Spec,
    "sprint": Sprint,
}


class LookAhead(OnBoard):
    entity_type: Literal["card", "ideation", "refinement", "spec", "sprint"]
    entity_id: Id


class Transitions(TypedDict):
    """One row a legal step. `allowed`: rights and conditions let you take it now; `needs`: arguments only you know."""

    entity_type: str
    entity_id: str
    ref: str
    status: str
    revision: int
    transitions: list[Transition]


@cards.operation(
    needs=None,
    may_need=[f"{kind}.entity.read" for kind in MODELS],
    rest="GET boards/<str:board_id>/transitions/<str:entity_type>/<str:entity_id>",
)
def get_allowed_transitions(call: BoardCall, data: LookAhead) -> Transitions:
    """The steps that an object can take from where it is, each with its unmet conditions and how to meet them.

    Looking ahead changes nothing and counts as no refusal.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    call.demand(f"{data.entity_type}.entity.read")
    entity = call.entity(MODELS[data.entity_type], data.entity_id, "entity_id")
    return {
        "entity_type": entity.kind,
        "entity_id": str(entity.pk),
        "ref": entity.ref,
        "status": entity.status,
        "revision": entity.revision,
        "transitions": transitions(call, [entity])[entity.pk],
    }
