"""Changing the fields of ideations and refinements: which flag each needs, what it empties to, what it means."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from boards.call import BoardCall
from boards.models import Entity
from pulse_project.core.errors import Code, Failure
from specs import locks

ALWAYS_OPEN = frozenset({"assignee_id", "labels"})  # who works on it and how it is sorted is no content


@dataclass(frozen=True, slots=True)
class Editable:
    """The fields of a kind. `empty` is what null makes of each; `meaning` are those that make a new version."""

    kind: str
    empty: Mapping[str, Any]
    meaning: Collection[str]

    @property
    def fields(self) -> tuple[str, ...]:
        return ("title", *self.empty)

    @property
    def flags(self) -> tuple[str, ...]:
        """Every flag that some field needs."""
        return tuple(dict.fromkeys(map(self.flag_of, self.fields)))

    def flag_of(self, field: str) -> str:
        verb = {"assignee_id": "assign", "labels": "label"}.get(field, "edit_fields")
        return f"{self.kind}.entity.{verb}"


def demand(call: BoardCall, entity: Entity, editable: Editable, wanted: Mapping[str, Any], operation: str) -> None:
    """Refuse a change that is empty, that the caller may not make, or that the state does not take.

    Errors: VALIDATION_ERROR, PERMISSION_DENIED, GATE_BLOCKED (archived, editable).
    """
    if not wanted:
        raise Failure(
            Code.VALIDATION_ERROR, f"Nothing to change. Give one of {', '.join(editable.fields)}.", field="title"
        )
    call.demand_in(entity, *dict.fromkeys(map(editable.flag_of, wanted)))
    if ALWAYS_OPEN.issuperset(wanted):
        locks.demand_live(call, entity, operation)
    else:
        locks.demand_editable(call, entity, operation)


def apply(call: BoardCall, entity: Entity, editable: Editable, wanted: Mapping[str, Any]) -> None:
    """Write what differs and tell it: one event, a new version when the meaning changed. Event: <kind>.updated."""
    changes = []
    for field, given in wanted.items():
        old, new = getattr(entity, field), editable.empty[field] if given is None else given
        if old != new:
            setattr(entity, field, new)
            changes.append({"field": field, "old": old, "new": new})
    if not changes:
        return
    changed = [str(change["field"]) for change in changes]
    if not set(editable.meaning).isdisjoint(changed):
        entity.version += 1
    call.save(entity, *changed, "version")
    call.tell(f"{editable.kind}.updated", entity, changes=changes)
