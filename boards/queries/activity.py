"""What happened on a board, and what changed of one object: both are queries over the events."""

from collections.abc import Collection, Iterable
from typing import Any, TypedDict

from django.db.models import Q, QuerySet

from boards import people
from boards.models import Board, Entity
from boards.models.entity import LETTERS
from boards.queries.people import names_of
from pulse_project.core import clock
from pulse_project.core.models import DomainEvent

HIDDEN = frozenset({"person", "changes"})  # the actor has keys of its own; old and new texts belong to the history


class Activity(TypedDict):
    """One thing that happened. `id` counts up in the order of commits; `card_id` is null for what concerns no card."""

    id: str
    action: str
    actor_type: str
    actor_id: str
    actor_name: str
    card_id: str | None
    entity_kind: str
    entity_id: str
    details: dict[str, Any]
    created_at: str | None


class Change(TypedDict):
    field: str
    old: Any
    new: Any


class HistoryEntry(TypedDict):
    """One change of an object. `version` is its published version after the change."""

    id: str
    action: str
    actor_type: str
    actor_id: str
    actor_name: str
    changes: list[Change] | None
    summary: str | None
    version: int | None
    created_at: str | None


def events_of(board: Board, readable: Collection[str]) -> "QuerySet[DomainEvent]":
    """The events of a board, without those of objects of kinds that are not among `readable`."""
    return DomainEvent.objects.filter(board_id=board.pk).exclude(entity_kind__in=set(LETTERS) - set(readable))


def types_of(action: str) -> list[str]:
    """The event types that an action may stand for: it is the type with `_` in the place of the dot."""
    return [f"{action[:place]}.{action[place + 1 :]}" for place, letter in enumerate(action) if letter == "_"]


def rows(events: Iterable[DomainEvent]) -> list[Activity]:
    """Those events as activity; at most two queries."""
    events = list(events)
    names = names_of(_person(event) for event in events)
    return [
        {
            "id": str(event.seq),
            "action": event.type.replace(".", "_"),
            "actor_type": people.kind_of(_person(event)),
            "actor_id": _person(event),
            "actor_name": names.get(_person(event), _person(event)),
            "card_id": event.entity_id if event.entity_kind == "card" else event.payload.get("card_id"),
            "entity_kind": event.entity_kind,
            "entity_id": event.entity_id,
            "details": _details(event),
            "created_at": clock.iso(event.created_us),
        }
        for event in events
    ]


def history_of(entity: Entity) -> "QuerySet[DomainEvent]":
    """The events that tell how an object was made, changed and moved."""
    return DomainEvent.objects.filter(entity_kind=entity.kind, entity_id=str(entity.pk)).filter(
        Q(payload__has_key="changes") | ~Q(to_status="") | Q(type=f"{entity.kind}.created")
    )


def entries(events: Collection[DomainEvent]) -> list[HistoryEntry]:
    """Those events as a history; at most two queries."""
    names = names_of(_person(event) for event in events)
    return [
        {
            "id": str(event.seq),
            "action": event.type.replace(".", "_"),
            "actor_type": people.kind_of(_person(event)),
            "actor_id": _person(event),
            "actor_name": names.get(_person(event), _person(event)),
            "changes": _changes(event),
            "summary": event.payload.get("summary"),
            "version": event.payload.get("version"),
            "created_at": clock.iso(event.created_us),
        }
        for event in events
    ]


def _person(event: DomainEvent) -> str:
    return str(event.payload.get("person") or event.actor)


def _details(event: DomainEvent) -> dict[str, Any]:
    """The event's payload with the statuses of a move, and of changes only the names of the fields."""
    details = {name: value for name, value in event.payload.items() if name not in HIDDEN}
    if event.to_status:
        details |= {"from_status": event.from_status, "to_status": event.to_status}
    changes = event.payload.get("changes")
    if changes:
        details["changed_fields"] = [change["field"] for change in changes]
    return details


def _changes(event: DomainEvent) -> list[Change] | None:
    """The fields that changed; of a move the status."""
    changes: list[Change] = list(event.payload.get("changes") or [])
    if event.to_status and all(change["field"] != "status" for change in changes):
        changes.insert(0, {"field": "status", "old": event.from_status, "new": event.to_status})
    return changes or None
