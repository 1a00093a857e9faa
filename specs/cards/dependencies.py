"""What a card waits for. A chain that closes is refused."""

from collections import defaultdict
from uuid import UUID

from boards.call import BoardCall
from boards.models import Card, CardDependency
from pulse_project.core.errors import Code, Failure
from specs import locks
from specs.cards import columns

ADD = "okto_pulse_add_card_dependency"
REMOVE = "okto_pulse_remove_card_dependency"


def add(call: BoardCall, card_id: str, depends_on_id: str) -> CardDependency:
    """Let a card wait for another of the board.

    Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED (archived), DUPLICATE, DEPENDENCY_CYCLE with the way in `cycle`.
    """
    columns.hold(call.board)
    card = call.entity(Card, card_id, "card_id")
    other = call.entity(Card, depends_on_id, "depends_on_id")
    call.demand_in(card)
    locks.demand_live(call, card, ADD)
    if CardDependency.objects.filter(card=card, depends_on=other).exists():
        raise Failure(Code.DUPLICATE, f"{card.ref} waits for {other.ref} already.", field="depends_on_id")
    _demand_no_circle(call, card, other)
    made = CardDependency.objects.create(card=card, depends_on=other)
    call.tell("card.dependency_added", card, reindexes=False, depends_on_id=str(other.pk), depends_on_ref=other.ref)
    return made


def remove(call: BoardCall, card_id: str, depends_on_id: str) -> bool:
    """Let a card wait for another no more; whether it did. Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED."""
    card = call.entity(Card, card_id, "card_id")
    other = call.entity(Card, depends_on_id, "depends_on_id")
    call.demand_in(card)
    locks.demand_live(call, card, REMOVE)
    removed, _ = CardDependency.objects.filter(card=card, depends_on=other).delete()
    if removed:
        call.tell(
            "card.dependency_removed", card, reindexes=False, depends_on_id=str(other.pk), depends_on_ref=other.ref
        )
    return bool(removed)


def _demand_no_circle(call: BoardCall, card: Card, other: Card) -> None:
    way = _way(call, other.pk, card.pk)
    if not way:
        return
    numbers = dict(Card.objects.filter(pk__in=way).values_list("pk", "number"))
    cycle = [f"C-{numbers[pk]}" for pk in (card.pk, *way)]
    raise Failure(
        Code.DEPENDENCY_CYCLE, f"{' -> '.join(cycle)} would wait in a circle.", field="depends_on_id", cycle=cycle
    )


def _way(call: BoardCall, start: UUID, end: UUID) -> list[UUID]:
    """From one card along what it waits for to another, both included; empty when there is no way."""
    waits_for: dict[UUID, list[UUID]] = defaultdict(list)
    for card, depends_on in CardDependency.objects.filter(card__board=call.board).values_list("card", "depends_on"):
        waits_for[card].append(depends_on)
    came_from: dict[UUID, UUID | None] = {start: None}
    pending = [start]
    while pending and end not in came_from:
        here = pending.pop()
        for there in waits_for[here]:
            if there not in came_from:
                came_from[there] = here
                pending.append(there)
    way: list[UUID] = []
    at: UUID | None = end if end in came_from else None
    while at is not None:
        way.append(at)
        at = came_from[at]
    return way[::-1]
