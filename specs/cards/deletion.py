"""Deleting a card with everything that hangs on it."""

from boards.call import BoardCall, check_revision
from boards.models import Card
from specs import locks
from specs.cards.withdrawal import withdrawn

DELETE_CARD = "okto_pulse_delete_card"


def delete_card(call: BoardCall, card_id: str, expected_version: int | None = None) -> None:
    """Delete a card; its links to items, sprints, bugs and other cards end with it.

    Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED (archived), VERSION_CONFLICT.
    """
    card = call.entity(Card, card_id, "card_id", lock=True)
    call.demand_in(card)
    locks.demand_live(call, card, DELETE_CARD)
    check_revision(expected_version, card.revision, "card")
    if card.status != "cancelled":  # it counts for nothing any more
        withdrawn(call, [card])
    call.tell("card.deleted", card, spec_id=str(card.spec_id) if card.spec_id else None, card_type=card.card_type)
    card.delete()
