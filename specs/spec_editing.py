"""Changing a spec: who may change which field, which fields the lock closes, and what raises the version."""

from collections.abc import Mapping, Sequence
from typing import Any

from boards.call import BoardCall
from pulse_project.core.errors import Code, Failure
from specs import locks
from specs.families.items import named
from specs.item_inputs import ListItem
from specs.item_lists import FIELD_OF, LISTS, Changed, replace
from specs.models import Spec
from specs.queries.content import SpecContent
from specs.queries.specs import SWITCHES, THRESHOLDS

TEXTS = ("title", "description", "context")
CONTENT = frozenset({*TEXTS, *LISTS})  # closed while the spec is locked
VERSIONED = frozenset({"description", "context"})  # and every list
FLAG_OF: Mapping[str, str] = {
    **dict.fromkeys((*TEXTS, *LISTS), "spec.entity.edit_fields"),
    "assignee_id": "spec.entity.assign",
    "labels": "spec.entity.label",
    **dict.fromkeys((*SWITCHES, *THRESHOLDS), "spec.entity.edit_coverage_flags"),
}
FIELDS = tuple(FLAG_OF)
FLAGS = tuple(dict.fromkeys(FLAG_OF.values()))
EMPTY: Mapping[str, Any] = {
    **dict.fromkeys((*TEXTS, "assignee_id"), ""),
    **dict.fromkeys(SWITCHES, False),
}
# Lists that an update does not take: their items have evidence, statuses and links of their own.
ELSEWHERE: Mapping[str, str] = {
    "test_scenarios": "add_test_scenario, update_test_scenario, update_test_scenario_status, delete_test_scenario",
    "business_rules": "add_business_rule, update_business_rule, remove_business_rule",
    "api_contracts": "add_api_contract, update_api_contract, remove_api_contract",
    "decisions": "add_decision, update_decision, remove_decision",
    "screen_mockups": "add_screen_mockup, update_screen_mockup, delete_screen_mockup",
}


def demand(call: BoardCall, spec: Spec, wanted: Mapping[str, Any], operation: str) -> None:
    """Whether this caller may change these fields of the spec now.

    Errors: VALIDATION_ERROR (nothing to change), PERMISSION_DENIED, GATE_BLOCKED (archived, content_lock).
    """
    if not wanted:
        raise Failure(Code.VALIDATION_ERROR, f"Nothing to change. Give at least one of {', '.join(FIELDS)}.")
    call.demand(*dict.fromkeys(FLAG_OF[name] for name in wanted))
    if CONTENT & set(wanted):
        call.demand_in(spec)
        locks.demand_unlocked(call, spec, operation)
    else:
        locks.demand_live(call, spec, operation)


def apply(call: BoardCall, content: SpecContent, wanted: Mapping[str, Any]) -> list[Changed]:
    """Write and tell what really changes; answers what became of the items.

    Errors: VALIDATION_ERROR, LIMIT_EXCEEDED.
    """
    spec = content.spec
    changes = [change for name, value in wanted.items() if name not in LISTS for change in _set(spec, name, value)]
    items: list[Changed] = []
    for name in LISTS:
        if name in wanted:
            became, reordered = _replace(call, content, name, wanted[name])
            items += became
            changes += reordered
    if not changes and not items:
        return []
    if any(change["field"] in VERSIONED for change in changes) or any(item.op != "linked" for item in items):
        spec.version += 1
    call.save(spec, *(name for name in wanted if name not in LISTS), "version", "last_numbers")
    call.tell("spec.updated", spec, changes=changes, fields=sorted(_fields(changes, items)))
    for item in items:
        if item.op != "moved":
            call.tell(f"requirement.{item.op}", spec, changes=item.values, item=named(item.item))
    return items


def _set(spec: Spec, name: str, value: Any) -> list[dict[str, Any]]:
    if value is None:
        value = [] if name == "labels" else EMPTY.get(name)
    old = getattr(spec, name)
    if old == value:
        return []
    setattr(spec, name, value)
    return [{"field": name, "old": old, "new": value}]


def _replace(
    call: BoardCall, content: SpecContent, name: str, incoming: Sequence[ListItem]
) -> tuple[list[Changed], list[dict[str, Any]]]:
    """What became of the items of a list, and the new order of those that stay, when it is one."""
    kind = LISTS[name]
    before = list(content.of_kind(kind))
    items = replace(call, content, kind, incoming)
    after = content.of_kind(kind)
    stay = {item.pk for item in before} & {item.pk for item in after}
    old, new = ([item.ref for item in listed if item.pk in stay] for listed in (before, after))
    return items, [] if old == new else [{"field": name, "old": old, "new": new}]


def _fields(changes: Sequence[Mapping[str, Any]], items: Sequence[Changed]) -> set[str]:
    return {change["field"] for change in changes} | {FIELD_OF[item.kind] for item in items}
