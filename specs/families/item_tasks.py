"""Cards that work on items of a spec: linking and unlinking, for every kind of item."""

from dataclasses import dataclass

from boards import board_settings
from boards.call import BoardCall, Need, any_of
from boards.location import not_found
from boards.models import Card
from specs import gates, locks
from specs.families import items as family
from specs.gates import subject_of
from specs.gates.content import ScenarioLoad
from specs.item_links import by_id
from specs.models import ItemTask, Spec, SpecItem
from specs.queries.content import Kind, SpecContent, content_of, task_of
from specs.sprint_cards import find

# Who may link cards with items of a kind.
FLAGS: dict[str, Need] = {
    Kind.SCENARIO: any_of("card.link_to.scenario", "card.tests.link"),
    Kind.TECHNICAL: "card.link_to.tr",
    Kind.RULE: "card.link_to.rule",
    Kind.DECISION: "card.link_to.rule",
    Kind.CONTRACT: "card.link_to.contract",
}


@dataclass(frozen=True, slots=True)
class Linking:
    """An item and a card, found and locked for this transaction."""

    content: SpecContent
    item: SpecItem
    card: Card


def located(call: BoardCall, spec_id: str, item: tuple[str, str, str], card_id: str, operation: str) -> Linking:
    """The spec, its item ((kind, id, name of the argument)) and a card of the board, that may be linked now.

    Scenario links are open while the spec is locked, all others closed with its content.
    Errors: NOT_FOUND, PERMISSION_DENIED (interact_in), GATE_BLOCKED (archived, content_lock).
    """
    kind, name, field = item
    find(call, [card_id])  # cards are locked before their specs, as by moves and deletions
    if kind == Kind.SCENARIO:
        spec = call.entity(Spec, spec_id, "spec_id", lock=True)
        locks.demand_live(call, spec, operation)
        content = content_of(spec)
    else:
        content = family.opened(call, spec_id, operation)
    found = family.found(content, SpecItem, kind, name, field)
    card = call.entity(Card, card_id, "card_id", lock=True)
    locks.demand_live(call, card, operation)
    return Linking(content, found, card)


def located_item(call: BoardCall, spec_id: str, name: str, card_id: str, operation: str) -> Linking:
    """An item of any kind that cards work on and a card, whose link may be taken away now.

    Errors: NOT_FOUND, PERMISSION_DENIED (the flag that linking needs, interact_in), GATE_BLOCKED (archived,
    content_lock).
    """
    find(call, [card_id])
    spec = call.entity(Spec, spec_id, "spec_id", lock=True)
    content = content_of(spec)
    found = next((item for item in (by_id(content, kind, name) for kind in FLAGS) if item is not None), None)
    if found is None:
        raise not_found("item", "item_id")
    call.demand_in(spec, FLAGS[found.kind])
    locks.demand_unlocked(call, spec, operation)
    return Linking(content, found, call.entity(Card, card_id, "card_id", lock=True))


def link(call: BoardCall, linking: Linking, operation: str) -> None:
    """Let the card work on the item; linking twice changes nothing. Told as `<noun>.task_linked` on the spec.

    Errors: GATE_BLOCKED (scenario_cap).
    """
    content, item, card = linking.content, linking.item, linking.card
    if any(task.id == card.pk for task in content.tasks_of(item)):
        return
    if item.kind == Kind.SCENARIO:
        demand_room(call, card, operation)
    ItemTask.objects.create(item=item, card=card)
    content.tasks.setdefault(item.pk, []).append(task_of(card))
    _tell(call, linking, "task_linked")


def unlink(call: BoardCall, linking: Linking) -> bool:
    """Let the card work on the item no more; answers whether it did. Told as `<noun>.task_unlinked` on the spec."""
    content, item, card = linking.content, linking.item, linking.card
    deleted, _ = ItemTask.objects.filter(item_id=item.pk, card=card).delete()
    if deleted:
        content.tasks[item.pk] = [task for task in content.tasks_of(item) if task.id != card.pk]
        _tell(call, linking, "task_unlinked")
    return bool(deleted)


def demand_room(call: BoardCall, card: Card, operation: str) -> None:
    """Whether the card may test one more scenario. Errors: GATE_BLOCKED (scenario_cap)."""
    tested = ItemTask.objects.filter(card=card, item__kind=Kind.SCENARIO).count()
    limit = board_settings.of(call.board).max_scenarios_per_card
    gates.demand(call, operation, ["scenario_cap"], ScenarioLoad(subject_of(card), tested + 1, limit))


def _tell(call: BoardCall, linking: Linking, what: str) -> None:
    """A scenario link also shows on the card, so that its revision counts too."""
    if linking.item.kind == Kind.SCENARIO:
        call.save(linking.card)
    card = linking.card
    family.tell(call, linking.content, what, linking.item, card_id=str(card.pk), card_ref=card.ref)
