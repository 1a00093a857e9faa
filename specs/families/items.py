"""What every write to an item of a spec does: open the spec, find the item, keep it, tell it once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from boards.call import BoardCall, check_revision
from boards.inputs import changes_of
from boards.location import not_found
from boards.models.entity import STATUSES
from boards.paging import Paged, page_among
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs import locks
from specs.item_links import by_id, link, resolve
from specs.making import add_item
from specs.models import Contract, Decision, Requirement, Rule, Scenario, Spec, SpecItem
from specs.queries.content import Kind, SpecContent, content_of, text_of

Item = TypeVar("Item", bound=SpecItem)
# What a write to the content of a spec may ask for beside its own flag.
INTERACT = tuple(f"spec.interact_in.{status}" for status in STATUSES["spec"])
NOUNS = {
    Kind.FUNCTIONAL: "requirement",
    Kind.TECHNICAL: "requirement",
    Kind.CRITERION: "requirement",
    Kind.RULE: "business_rule",
    Kind.CONTRACT: "api_contract",
    Kind.SCENARIO: "test_scenario",
    Kind.DECISION: "decision",
}
MODELS: Mapping[str, type[SpecItem]] = {
    Kind.FUNCTIONAL: Requirement,
    Kind.TECHNICAL: Requirement,
    Kind.CRITERION: Requirement,
    Kind.RULE: Rule,
    Kind.CONTRACT: Contract,
    Kind.SCENARIO: Scenario,
    Kind.DECISION: Decision,
}


def opened(call: BoardCall, spec_id: str, operation: str) -> SpecContent:
    """The content of a spec, locked for this transaction, that the caller may change now.

    Errors: NOT_FOUND, PERMISSION_DENIED (interact_in), GATE_BLOCKED (archived, content_lock).
    """
    spec = call.entity(Spec, spec_id, "spec_id", lock=True)
    call.demand_in(spec)
    locks.demand_unlocked(call, spec, operation)
    return content_of(spec)


def read(call: BoardCall, spec_id: str) -> SpecContent:
    """The content of a spec of the board. Errors: NOT_FOUND."""
    return content_of(call.entity(Spec, spec_id, "spec_id"))


def found(content: SpecContent, model: type[Item], kind: str, text: str, field: str) -> Item:
    """The item with that id or reference. Errors: NOT_FOUND."""
    item = by_id(content, kind, text)
    if item is None:
        raise not_found(field.removesuffix("_id").replace("_", " "), field)
    return cast("Item", item)  # items of a kind are rows of its model


def added(
    call: BoardCall,
    content: SpecContent,
    kind: str,
    fields: Mapping[str, Any],
    links: Iterable[tuple[str, str, Iterable[int | str]]] = (),
) -> Any:
    """A new item with its links ((field, kind, names)), told as `<noun>.added` on the spec.

    Errors: VALIDATION_ERROR (a link that fits nothing), LIMIT_EXCEEDED.
    """
    targets = [(target, resolve(content, list(names), target, field)) for field, target, names in links]
    item = add_item(call, content, MODELS[kind], kind, **fields)
    for target, items in targets:
        link(content, item, target, items)
    tell(call, content, "added", item, fields=["last_numbers"])
    return item


def changed(
    call: BoardCall,
    content: SpecContent,
    item: SpecItem,
    wanted: Mapping[str, Any],
    links: Iterable[tuple[str, str, Iterable[int | str]]] = (),
    expected: int | None = None,
) -> bool:
    """Give an item these values and links; told as `<noun>.updated` with what really changed.

    Errors: VALIDATION_ERROR (a link that fits nothing), VERSION_CONFLICT.
    """
    check_revision(expected, item.revision, "item")
    targets = [(field, target, resolve(content, list(names), target, field)) for field, target, names in links]
    changes = set_values(item, wanted)
    for field, target, items in targets:
        difference = link(content, item, target, items)
        if difference is not None:
            changes.append({"field": field, **difference})
    if changes:
        save(item, *(name for name in wanted))
        tell(call, content, "updated", item, changes=changes)
    return bool(changes)


def page_of_items(items: Sequence[Item], data: Paged) -> tuple[list[Item], str | None]:
    """A page of items of one kind, which are at most 500, in their order. Errors: VALIDATION_ERROR."""
    return page_among(items, data, lambda item: (item.position, item.number))


def wanted_of(data: BaseModel, names: Iterable[str]) -> dict[str, Any]:
    """The values that a call gives; a text that it empties is ""."""
    return {name: "" if value is None else value for name, value in changes_of(data, names).items() if value != ""}


def links_of(data: BaseModel, **kinds: str) -> list[tuple[str, str, list[int | str]]]:
    """The links that a call gives: (field, kind, names)."""
    return [(name, kinds[name], names) for name, names in changes_of(data, kinds).items()]


def demand_something(wanted: Mapping[str, Any], links: Sequence[Any], names: Iterable[str]) -> None:
    """VALIDATION_ERROR when a call changes nothing."""
    if not wanted and not links:
        raise Failure(Code.VALIDATION_ERROR, f"Nothing to change. Give at least one of {', '.join(names)}.")


def removed(call: BoardCall, content: SpecContent, item: SpecItem) -> None:
    """Delete an item with its links, told as `<noun>.removed` on the spec."""
    tell(call, content, "removed", item, changes=[{"field": item.kind, "old": text_of(item), "new": None}])
    content.reorder(item.kind, [other for other in content.of_kind(item.kind) if other.pk != item.pk])
    SpecItem.objects.filter(pk=item.pk).delete()


def set_values(item: SpecItem, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Set what differs, without writing it; answers [{field, old, new}]."""
    changes = []
    for name, value in wanted.items():
        old = getattr(item, name)
        if old != value:
            changes.append({"field": name, "old": _told(old), "new": _told(value)})
            setattr(item, name, value)
    return changes


def _told(value: Any) -> Any:
    """A value as events carry it: another item by its reference."""
    return value.ref if isinstance(value, SpecItem) else value


def save(item: SpecItem, *names: str) -> None:
    """Write these fields with a new revision."""
    item.revision += 1
    item.updated_at = clock.now()
    item.save(update_fields=[*names, "revision", "updated_at"])


def tell(
    call: BoardCall,
    content: SpecContent,
    what: str,
    item: SpecItem,
    *,
    fields: Iterable[str] = (),
    **payload: Any,
) -> None:
    """Count the change in the revision of the spec, with these fields of it, and tell it there."""
    call.save(content.spec, *fields)
    call.tell(f"{NOUNS[Kind(item.kind)]}.{what}", content.spec, item=named(item), **payload)


def labels(content: SpecContent, item: SpecItem, kind: str) -> list[str]:
    """What an item refers to, for people: "[FR-1] text"."""
    return [f"[{target.ref}] {text_of(target)}" for target in content.links_of(item, kind)]


def named(item: SpecItem) -> dict[str, Any]:
    """How events name an item."""
    return {"kind": item.kind, "id": item.public_id, "ref": item.ref, "revision": item.revision}
