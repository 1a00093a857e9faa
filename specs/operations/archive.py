"""Archiving and restoring objects with everything below them."""

from typing import Literal, TypedDict

from boards.call import AnyOf, BoardCall, Need, any_of, flags_in
from boards.inputs import Id, OnObject
from boards.models import Card, Entity
from specs import archive_trees
from specs.archive_trees import Counts
from specs.catalog import specs
from specs.models import Ideation, Refinement, Spec, Sprint

Kind = Literal["ideation", "refinement", "spec", "sprint", "card"]
MODELS: dict[str, type[Entity]] = {
    "ideation": Ideation,
    "refinement": Refinement,
    "spec": Spec,
    "sprint": Sprint,
    "card": Card,
}
OF_CARDS: AnyOf = any_of("card.entity.delete", "spec.entity.archive")  # cards have no flag of their own


def _need(kind: str, verb: str) -> Need:
    if kind == "card":
        return OF_CARDS if verb == "archive" else any_of("card.entity.delete", "spec.entity.restore")
    return f"{kind}.entity.{verb}"


def _flags(verb: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flag for kind in MODELS for flag in flags_in(_need(kind, verb))))


class TreeOf(OnObject):
    entity_type: Kind
    entity_id: Id


class Archived(TypedDict):
    success: Literal[True]
    archived_count: Counts


class Restored(TypedDict):
    success: Literal[True]
    restored_count: Counts


def _root(call: BoardCall, data: TreeOf, verb: str) -> Entity:
    call.demand(_need(data.entity_type, verb))
    return call.entity(MODELS[data.entity_type], data.entity_id, "entity_id")


@specs.operation(
    needs=None,
    may_need=_flags("archive"),
    writes=True,
    idempotent=True,
    rest="POST boards/<str:board_id>/archive/<str:entity_type>/<str:entity_id>",
)
def archive_tree(call: BoardCall, data: TreeOf) -> Archived:
    """Archive an object with everything below it. Nothing is lost, and nothing in it takes a change until restore_tree.

    Refinements and specs lie below an ideation, specs below a refinement, sprints and cards below a spec, cards below a
    sprint, bugs below the card that they began with. What is archived already is not counted. A validated spec that
    stays but loses a card goes back to approved.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: tree.archived, spec.moved.
    """
    return {"success": True, "archived_count": archive_trees.archive(call, _root(call, data, "archive"))}


@specs.operation(
    needs=None,
    may_need=_flags("restore"),
    writes=True,
    idempotent=True,
    rest="POST boards/<str:board_id>/restore/<str:entity_type>/<str:entity_id>",
)
def restore_tree(call: BoardCall, data: TreeOf) -> Restored:
    """Bring back an archived object with everything below it, each in the status that it had.

    Also what was archived on its own before. What is not archived is not counted.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: tree.restored.
    """
    return {"success": True, "restored_count": archive_trees.restore(call, _root(call, data, "restore"))}
