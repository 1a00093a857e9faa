"""What cards wait for."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall
from boards.inputs import Id, OnObject
from boards.models import Card
from boards.paging import Following, Paged, as_result, page_in_turn
from pulse_project.core.operations import Route
from specs.cards import dependencies
from specs.cards.inputs import WORK_IN
from specs.catalog import cards
from specs.gates.facts import FINISHED

MANAGE = "card.entity.manage_dependencies"


class Pair(OnObject):
    card_id: Id
    depends_on_id: Id


class Added(TypedDict):
    success: bool
    id: str
    card_id: str
    depends_on_id: str


@cards.operation(
    needs=MANAGE,
    may_need=WORK_IN,
    writes=True,
    rest=Route("POST cards/<str:card_id>/dependencies/<str:depends_on_id>", status=201),
)
def add_card_dependency(call: BoardCall, data: Pair) -> Added:
    """Let a card wait until another card of the board is done, cancelled or archived.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, DUPLICATE, DEPENDENCY_CYCLE.
    Event: card.dependency_added.
    """
    made = dependencies.add(call, data.card_id, data.depends_on_id)
    return {
        "success": True,
        "id": str(made.pk),
        "card_id": str(made.card_id),
        "depends_on_id": str(made.depends_on_id),
    }


class Removed(TypedDict):
    """`success` is false when there was nothing to remove."""

    success: bool


@cards.operation(
    needs=MANAGE,
    may_need=WORK_IN,
    writes=True,
    idempotent=True,
    rest="DELETE cards/<str:card_id>/dependencies/<str:depends_on_id>",
)
def remove_card_dependency(call: BoardCall, data: Pair) -> Removed:
    """Let a card wait for another card no more.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.dependency_removed.
    """
    return {"success": dependencies.remove(call, data.card_id, data.depends_on_id)}


class ReadDependencies(Paged, OnObject):
    card_id: Id
    side: Literal["depends_on", "dependents", ""] = Field("", description="Only these; empty = one after the other.")


class Neighbour(TypedDict):
    """A card on either side. `finished`: it is done, cancelled or archived, and keeps no card waiting."""

    id: str
    ref: str
    title: str
    status: str
    archived: bool
    finished: bool


class Dependencies(Following):
    """A page of what the card depends on, and after that of its dependents.

    `blocking_titles` are those of all dependencies that are neither done, cancelled nor archived.
    """

    card_id: str
    can_advance: bool
    blocking_titles: list[str]
    depends_on: list[Neighbour]
    dependents: list[Neighbour]


def _neighbours(cards: Sequence[Card]) -> list[Neighbour]:
    return [
        {
            "id": str(card.pk),
            "ref": card.ref,
            "title": card.title,
            "status": card.status,
            "archived": card.is_archived,
            "finished": card.is_archived or card.status in FINISHED,
        }
        for card in cards
    ]


def _only(side: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {**given, "side": side}


@cards.operation(
    needs="card.entity.read",
    rest=[
        Route("GET cards/<str:card_id>/dependencies", view=as_result("depends_on"), coerce=_only("depends_on")),
        Route("GET cards/<str:card_id>/dependents", view=as_result("dependents"), coerce=_only("dependents")),
    ],
    untrusted=("blocking_titles", "depends_on[].title", "dependents[].title"),
)
def get_card_dependencies(call: BoardCall, data: ReadDependencies) -> Dependencies:
    """What a card waits for, what waits for it, and whether its dependencies let it go on.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    sides = {
        "depends_on": Card.objects.filter(dependents__card=card),
        "dependents": Card.objects.filter(dependencies__depends_on=card),
    }
    unfinished = sides["depends_on"].filter(archived_at=None).exclude(status__in=FINISHED)
    blocking = list(unfinished.order_by("number").values_list("title", flat=True))
    wanted = [(rows if data.side in {"", side} else rows.none(), ("number",)) for side, rows in sides.items()]
    (depends_on, dependents), cursor = page_in_turn(wanted, data)
    return {
        "card_id": str(card.pk),
        "can_advance": not blocking,
        "blocking_titles": blocking,
        "depends_on": _neighbours(depends_on),
        "dependents": _neighbours(dependents),
        "next_cursor": cursor,
    }
