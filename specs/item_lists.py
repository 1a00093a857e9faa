"""Replacing a list of requirements or criteria: which old item each new one is, and what that changes.

An item that is named by its id or reference is that one. The others pair by equal text, then by text that is equal
after folding case and space, then, only if the list keeps its length, by place: that is a rewording. An item keeps id,
reference and links through all of these. What is left is new, or removed; what others link to is never removed.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from boards.call import BoardCall
from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed
from specs.families import items as family
from specs.item_inputs import ListItem
from specs.item_links import by_id, link, resolve
from specs.making import add_item
from specs.models import Requirement, SpecItem
from specs.queries.content import Kind, SpecContent

# In this order: criteria and technical requirements may link to the functional ones of the same call.
LISTS: Mapping[str, Kind] = {
    "functional_requirements": Kind.FUNCTIONAL,
    "technical_requirements": Kind.TECHNICAL,
    "acceptance_criteria": Kind.CRITERION,
}
FIELD_OF = {kind: name for name, kind in LISTS.items()}
SHOWN = 10  # of the items that stand in the way of a removal
Op = Literal["added", "reworded", "linked", "moved", "removed"]


class ItemChange(TypedDict):
    """What became of one item; `index` is its 0-based place now, or the one that it had when it is removed."""

    id: str
    ref: str
    index: int
    op: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one item, with the values of the event: [{field, old, new}]."""

    item: SpecItem
    kind: Kind
    index: int
    op: Op
    values: tuple[Mapping[str, Any], ...] = ()

    def wire(self) -> ItemChange:
        return {"id": self.item.public_id, "ref": self.item.ref, "index": self.index, "op": self.op}


@dataclass(slots=True)
class Pairing:
    """Which old item each new one is (None = it is new), and the old ones that are left."""

    pairs: list[tuple[ListItem, Requirement | None]] = field(default_factory=list)
    left: list[Requirement] = field(default_factory=list)


def pair(content: SpecContent, kind: Kind, incoming: Sequence[ListItem]) -> Pairing:
    """Errors: VALIDATION_ERROR for an id that the list does not have, or has twice."""
    old: list[Requirement] = content.of_kind(kind)
    found: dict[int, Requirement] = {}  # by place in the new list
    for place, item in enumerate(incoming):
        name = item.id or item.ref
        if name:
            found[place] = _known(content, kind, name, found.values())
    rules: list[Callable[[str], Hashable]] = [lambda text: text, _folded]
    for rule in rules:
        _pair_by(rule, old, incoming, found)
    if len(old) == len(incoming):
        taken = {item.pk for item in found.values()}
        found |= {place: item for place, item in enumerate(old) if place not in found and item.pk not in taken}
    kept = {item.pk for item in found.values()}
    return Pairing(
        [(item, found.get(place)) for place, item in enumerate(incoming)],
        [item for item in old if item.pk not in kept],
    )


def _known(content: SpecContent, kind: Kind, name: str, taken: Iterable[Requirement]) -> Requirement:
    item = by_id(content, kind, name)
    if not isinstance(item, Requirement) or item in taken:
        problem = "names no item of the list" if item is None else "stands in the list twice"
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{FIELD_OF[kind]}: the id {echoed(name)} {problem}. Leave id out to add an item.",
            field=FIELD_OF[kind],
            unknown=[echoed(name)],
        )
    return item


def _pair_by(
    rule: Callable[[str], Hashable],
    old: Sequence[Requirement],
    incoming: Sequence[ListItem],
    found: dict[int, Requirement],
) -> None:
    taken = {item.pk for item in found.values()}
    free: dict[Hashable, deque[Requirement]] = defaultdict(deque)
    for item in old:
        if item.pk not in taken:
            free[rule(item.text)].append(item)
    for place, new in enumerate(incoming):
        waiting = free.get(rule(new.text))
        if place not in found and waiting:
            found[place] = waiting.popleft()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def replace(call: BoardCall, content: SpecContent, kind: Kind, incoming: Sequence[ListItem]) -> list[Changed]:
    """Make the list of a kind be this one. The caller saves the spec (`last_numbers`) and tells what changed.

    Errors: VALIDATION_ERROR (an unknown id, a link that fits nothing, an item to go that others link to),
    LIMIT_EXCEEDED.
    """
    pairing = pair(content, kind, incoming)
    _demand_unlinked(content, kind, pairing.left)
    before = {item.pk: content.index_of(item) for item in content.of_kind(kind)}
    changes = [Changed(item, kind, before[item.pk], "removed", _values(kind, item.text, None)) for item in pairing.left]
    SpecItem.objects.filter(pk__in=[item.pk for item in pairing.left]).delete()
    content.reorder(kind, [item for _, item in pairing.pairs if item is not None])
    items = [(new, item or add_item(call, content, Requirement, kind, text=new.text)) for new, item in pairing.pairs]
    content.reorder(kind, [item for _, item in items])
    for place, (new, item) in enumerate(items):
        changed = _settle(content, kind, new, item, was=before.get(item.pk))
        if changed is not None:
            changes.append(Changed(item, kind, place, *changed))
    _place(content.of_kind(kind))
    return changes


def _settle(
    content: SpecContent, kind: Kind, new: ListItem, item: Requirement, was: int | None
) -> tuple[Op, tuple[Mapping[str, Any], ...]] | None:
    """Text and links of one item that stays or is new; answers what changed."""
    difference = _link(content, kind, new, item)
    links = ({"field": "linked_requirements", "item": item.ref, **difference},) if difference else ()
    if was is None:
        return "added", _values(kind, None, item.text) + links
    if item.text != new.text:
        old, item.text = item.text, new.text
        content.former[old] = item
        family.save(item, "text")
        return "reworded", _values(kind, old, new.text) + links
    if links:
        family.save(item)
        return "linked", links
    return ("moved", ()) if was != content.index_of(item) else None


def _link(content: SpecContent, kind: Kind, new: ListItem, item: Requirement) -> dict[str, list[str]] | None:
    if new.linked_requirements is None:
        return None
    if kind == Kind.FUNCTIONAL:
        raise Failure(
            Code.VALIDATION_ERROR, "A functional requirement links to no other. Leave linked_requirements out.",
            field="functional_requirements",
        )  # fmt: skip
    return link(
        content, item, Kind.FUNCTIONAL, resolve(content, new.linked_requirements, Kind.FUNCTIONAL, FIELD_OF[kind])
    )


def _values(kind: Kind, old: str | None, new: str | None) -> tuple[Mapping[str, Any], ...]:
    return ({"field": FIELD_OF[kind], "old": old, "new": new},)


def _place(items: Sequence[Requirement]) -> None:
    moved = [(item, place) for place, item in enumerate(items) if item.position != place]
    for item, place in moved:
        item.position = place
    SpecItem.objects.bulk_update([SpecItem(pk=item.pk, position=place) for item, place in moved], ["position"])


def _demand_unlinked(content: SpecContent, kind: Kind, items: Sequence[Requirement]) -> None:
    """VALIDATION_ERROR when something links to an item that shall go, with the first ten and what to do."""
    users: dict[int, list[str]] = defaultdict(list)
    for source in content.items():
        for target in content.links_of(source):
            users[target.pk].append(source.ref)
    held = [item for item in items if users[item.pk] or content.tasks_of(item)]
    if held:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{FIELD_OF[kind]}: {', '.join(item.ref for item in held[:SHOWN])} would go, and others link to it. "
            "To reword an item send {id, text}; to remove it, unlink it first.",
            field=FIELD_OF[kind],
            linked=[
                {
                    "id": item.public_id,
                    "ref": item.ref,
                    "text": echoed(item.text),
                    "linked_by": users[item.pk],
                    "linked_task_ids": [str(task.id) for task in content.tasks_of(item)],
                }
                for item in held[:SHOWN]
            ],
            linked_total=len(held),
        )
