"""Knowledge of objects: how items are named, how many there may be, and how a change of one is told."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field

from boards.call import BoardCall
from boards.models import Entity
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.ids import new_id
from specs.models import Knowledge

MOST = 200  # of one object
CARD_PREFIX, CARD_HEX_DIGITS = "kb_", 10
MimeType = Annotated[str, Field(max_length=100, pattern=r"^[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.-]+)?$")]
PROPAGATED = "[propagated from parent]"


def public_id(kind: str) -> str:
    """A new id: short on cards, a UUID elsewhere."""
    return new_id(CARD_PREFIX, CARD_HEX_DIGITS) if kind == "card" else str(uuid4())


def propagated(description: str) -> str:
    """The description of a copy that went down from a parent; once marked, it stays as it is further down."""
    return description if description.startswith(PROPAGATED) else f"{PROPAGATED} {description}".rstrip()


def demand_room(entity: Entity, count: int) -> None:
    """LIMIT_EXCEEDED when an object has no room for that many more items."""
    if Knowledge.objects.filter(entity_id=entity.pk).count() + count > MOST:
        raise Failure(
            Code.LIMIT_EXCEEDED, f"An object holds at most {MOST} items of knowledge. Delete one first.", limit=MOST
        )


def row(entity: Entity, text: str, *, lock: bool = False) -> Knowledge:
    """The item of an object with that id. Errors: NOT_FOUND."""
    rows = Knowledge.objects.select_for_update() if lock else Knowledge.objects.all()
    found = rows.filter(entity_id=entity.pk, public_id=text).first()
    if found is None:
        raise Failure(Code.NOT_FOUND, "No such knowledge.", field="knowledge_id")
    return found


Named = Mapping[str, str] | None


def named(item: Knowledge) -> Named:
    """What a history says about an item; its content is not repeated there."""
    return {"id": item.public_id, "title": item.title, "description": item.description}


def tell(call: BoardCall, verb: str, entity: Entity, change: tuple[Named, Named], **payload: Any) -> None:
    """Append `knowledge.<verb>` on the object, with what the item was and is."""
    old, new = change
    said = new or old
    call.tell(
        f"knowledge.{verb}",
        entity,
        changes=[{"field": "knowledge_bases", "old": old, "new": new}],
        knowledge_id=said["id"] if said else None,
        **payload,
    )


def add(call: BoardCall, entity: Entity, **fields: Any) -> Knowledge:
    """A stored item in the caller's name. Event: knowledge.added. Errors: LIMIT_EXCEEDED."""
    demand_room(entity, 1)
    now = clock.now()
    item = Knowledge.objects.create(
        entity_id=entity.pk,
        public_id=public_id(entity.kind),
        author_id=call.person,
        created_at=now,
        updated_at=now,
        **fields,
    )
    tell(call, "added", entity, (None, named(item)))
    return item


def delete(call: BoardCall, entity: Entity, text: str) -> Knowledge:
    """The item that is gone now. Event: knowledge.deleted. Errors: NOT_FOUND."""
    item = row(entity, text, lock=True)
    tell(call, "deleted", entity, (named(item), None))
    item.delete()
    return item
