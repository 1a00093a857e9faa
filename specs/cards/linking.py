"""Which spec a card belongs to."""

from boards.call import BoardCall
from boards.models import Card
from pulse_project.core.errors import Code, Failure
from specs import gates, locks
from specs.cards.withdrawal import withdrawn
from specs.gates.card import Acceptance
from specs.models import ItemTask, Spec

LINK = "okto_pulse_link_card_to_spec"
UNLINK = "okto_pulse_unlink_card_from_spec"
NEEDS = ("card.entity.link_spec", "spec.entity.link_card")


def link_to(call: BoardCall, spec_id: str, card_id: str) -> tuple[Card, Spec]:
    """Let a card belong to another spec; what it did for the old one ends.

    Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    """
    card = call.entity(Card, card_id, "card_id", lock=True)
    spec = _held(call, spec_id, card)
    call.demand_in(card)
    locks.demand_live(call, card, LINK)
    locks.demand_live(call, spec, LINK)
    gates.demand(call, LINK, ["card_spec_state"], Acceptance(spec, card.card_type, links=True))
    if card.spec_id != spec.pk:
        former = _leave(call, card)
        card.spec = spec
        call.save(card, "spec", "sprint")
        call.tell("card.linked_to_spec", card, spec_id=str(spec.pk), former_spec_id=former)
    return card, spec


def _held(call: BoardCall, spec_id: str, card: Card) -> Spec:
    """The spec, locked together with the one that the card belongs to, always in the same order. Errors: NOT_FOUND."""
    named = call.entity(Spec, spec_id, "spec_id")
    list(Spec.objects.select_for_update().filter(pk__in=[named.pk, card.spec_id or named.pk]).order_by("pk"))
    return call.entity(Spec, str(named.pk), "spec_id")


def unlink_from(call: BoardCall, spec_id: str, card_id: str) -> tuple[Card, Spec]:
    """Let a card belong to no spec. Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED."""
    card = call.entity(Card, card_id, "card_id", lock=True)
    spec = call.entity(Spec, spec_id, "spec_id")
    call.demand_in(card)
    locks.demand_live(call, card, UNLINK)
    if card.spec_id != spec.pk:
        raise Failure(Code.NOT_FOUND, "No such card in that spec.", field="card_id")
    former = _leave(call, card)
    card.spec = None
    call.save(card, "spec", "sprint")
    call.tell("card.unlinked_from_spec", card, spec_id=former)
    return card, spec


def _leave(call: BoardCall, card: Card) -> str | None:
    """End what a card does for its spec: its items, its sprint, and a validation that counted on it."""
    if card.spec_id is None:
        return None
    withdrawn(call, [card])
    ItemTask.objects.filter(card=card, item__spec_id=card.spec_id).delete()
    card.sprint = None
    return str(card.spec_id)
