"""Mockups of objects: which objects have them, how they are named and ordered, and how a change of one is told."""

from collections.abc import Collection, Mapping
from typing import Any, Literal

from django.db.models import Max

from boards.call import BoardCall
from boards.models import Card, Entity
from pulse_project.core.errors import Code, Failure
from pulse_project.core.ids import new_id
from specs.models import Ideation, Mockup, Refinement, Spec

MOST = 100  # of one object
MOST_NOTES = 200  # on one mockup
HEX_DIGITS = 8
EntityType = Literal["spec", "ideation", "refinement", "card"]
MODELS: Mapping[str, type[Entity]] = {"spec": Spec, "ideation": Ideation, "refinement": Refinement, "card": Card}


def free_id(prefix: str, taken: Collection[str]) -> str:
    """A new id that is not among those."""
    while (found := new_id(prefix, HEX_DIGITS)) in taken:
        continue
    return found


def ids_of(entity: Entity) -> set[str]:
    return set(Mockup.objects.filter(entity_id=entity.pk).values_list("public_id", flat=True))


def next_position(entity: Entity) -> int:
    last = Mockup.objects.filter(entity_id=entity.pk).aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def demand_room(held: int, more: int) -> None:
    """LIMIT_EXCEEDED when an object that holds some mockups has no room for that many more."""
    if held + more > MOST:
        raise Failure(Code.LIMIT_EXCEEDED, f"An object holds at most {MOST} mockups. Delete one first.", limit=MOST)


def row(entity: Entity, text: str, *, lock: bool = False) -> Mockup:
    """The mockup of an object with that id. Errors: NOT_FOUND."""
    rows = Mockup.objects.select_for_update() if lock else Mockup.objects.all()
    found = rows.filter(entity_id=entity.pk, public_id=text).first()
    if found is None:
        raise Failure(Code.NOT_FOUND, "No such screen.", field="screen_id")
    return found


Named = Mapping[str, str] | None


def named(screen: Mockup) -> Named:
    """What a history says about a mockup; the markup is not repeated there."""
    return {
        "id": screen.public_id,
        "title": screen.title,
        "description": screen.description,
        "screen_type": screen.screen_type,
    }


def tell(call: BoardCall, verb: str, entity: Entity, change: tuple[Named, Named], **payload: Any) -> None:
    """Append `mockup.<verb>` on the object, with what the mockup was and is."""
    old, new = change
    said = new or old
    call.tell(
        f"mockup.{verb}",
        entity,
        changes=[{"field": "screen_mockups", "old": old, "new": new}],
        screen_id=said["id"] if said else None,
        **payload,
    )
