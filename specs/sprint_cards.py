"""Which cards lie in a sprint: putting them in and taking them out."""

from collections.abc import Collection
from typing import TypedDict
from uuid import UUID

from django.db.models import F, Q, QuerySet

from boards.call import BoardCall
from boards.location import KINDS, REF, uuid_of
from boards.models import Card, Entity
from pulse_project.core import clock
from specs.models import Sprint

FINISHED = ("done", "cancelled")


class CardHead(TypedDict):
    """A card by its names."""

    id: str
    ref: str
    title: str
    status: str


def head_of(card: Card) -> CardHead:
    return {"id": str(card.pk), "ref": card.ref, "title": card.title, "status": card.status}


def find(call: BoardCall, texts: Collection[str], *, lock: bool = True) -> dict[str, Card]:
    """The cards of the board by the id or reference that named them, locked in the order of their ids.

    What names none is left out. One query, however many.
    """
    pks = {text: pk for text in texts if (pk := uuid_of(text))}
    numbers = {text: int(match[2]) for text in texts if (match := REF.match(text)) and _is_card(match[1])}
    wanted = Q(pk__in=set(pks.values())) | Q(number__in=set(numbers.values()))
    rows = Card.objects.filter(wanted, board=call.board, kind=Entity.Kind.CARD).order_by("pk")
    cards = list(rows.select_for_update() if lock else rows)
    by_pk, by_number = {card.pk: card for card in cards}, {card.number: card for card in cards}
    found = {text: by_pk[pk] for text, pk in pks.items() if pk in by_pk}
    return found | {text: by_number[number] for text, number in numbers.items() if number in by_number}


def _is_card(letters: str) -> bool:
    return KINDS.get(letters.upper()) == Entity.Kind.CARD


def place(cards: Collection[Card], sprint: Sprint | None) -> None:
    """Put these cards into a sprint, or into none. Two statements, however many; nothing is told."""
    pks = [card.pk for card in cards]
    if pks:
        _placed(Card.objects.filter(pk__in=pks), sprint.pk if sprint else None, pks)


def release_open(sprint: Sprint) -> list[CardHead]:
    """Take every card that is neither done nor cancelled out of the sprint, archived ones too; answers them."""
    rows = Card.objects.filter(sprint=sprint).exclude(status__in=FINISHED)
    cards = list(rows.select_for_update().order_by("pk"))
    place(cards, None)
    return [head_of(card) for card in sorted(cards, key=lambda card: card.number)]


def _placed(cards: "QuerySet[Card]", sprint_pk: UUID | None, pks: Collection[UUID]) -> None:
    cards.update(sprint_id=sprint_pk)
    Entity.objects.filter(pk__in=pks).update(revision=F("revision") + 1, updated_at=clock.now())
