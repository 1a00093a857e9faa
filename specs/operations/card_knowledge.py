"""Knowledge of cards: as that of other objects, and it can be rewritten."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypedDict

from pydantic import Field

from boards.call import BoardCall, check_revision, work_in
from boards.inputs import (
    UNCHANGED,
    ExpectedVersion,
    Id,
    NewText,
    NewTitle,
    OnObject,
    RequiredText,
    Text,
    Title,
    changes_of,
)
from boards.models import Card
from boards.paging import Following, Paged, page_of
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import knowledge, locks
from specs.catalog import cards
from specs.families.knowledge import FOREIGN, OLDEST_FIRST
from specs.knowledge import MimeType
from specs.models import Knowledge
from specs.queries.knowledge import KnowledgeItem, item_of

READ, EDIT = "card.entity.read", "card.entity.edit_fields"
WORK = work_in("card")
FIELDS = ("title", "description", "content", "mime_type")
ADDRESS = "cards/<str:card_id>/knowledge"
OUT = tuple(f"knowledge.{name}" for name in FOREIGN)


class KnowledgeAnswer(TypedDict):
    success: Literal[True]
    knowledge: KnowledgeItem


def _item_alone(answer: Mapping[str, Any]) -> Any:
    return answer["knowledge"]


def _content_alone(answer: Mapping[str, Any]) -> Any:
    return answer["knowledge"]["content"]


def _writable(call: BoardCall, text: str, verb: str) -> Card:
    """The card, locked, when its artefacts may change. Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED."""
    card = call.entity(Card, text, "card_id", lock=True)
    call.demand_in(card)
    locks.demand_live(call, card, f"okto_pulse_{verb}_card_knowledge")
    return card


class AllOfCard(OnObject):
    card_id: Id


class ListOfCard(Paged, AllOfCard):
    pass


class CardKnowledge(Following):
    """A page of items; `count` is the number of all."""

    success: Literal[True]
    card_id: str
    count: int
    knowledge: list[KnowledgeItem]


@cards.operation(
    needs=READ,
    rest=f"GET {ADDRESS}",
    untrusted=tuple(f"knowledge[].{name}" for name in FOREIGN),
)
def list_card_knowledge(call: BoardCall, data: ListOfCard) -> CardKnowledge:
    """The knowledge of a card with its content, oldest first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    rows = Knowledge.objects.filter(entity_id=card.pk)
    found, cursor = page_of(rows, OLDEST_FIRST, data)
    return {
        "success": True,
        "card_id": str(card.pk),
        "count": rows.count(),
        "knowledge": [item_of(row, content=True) for row in found],
        "next_cursor": cursor,
    }


class OneOfCard(AllOfCard):
    knowledge_id: Id


@cards.operation(
    needs=READ,
    rest=(
        Route(f"GET {ADDRESS}/<str:knowledge_id>", view=_item_alone),
        Route(f"GET {ADDRESS}/<str:knowledge_id>/download", view=_content_alone),
    ),
    untrusted=OUT,
)
def get_card_knowledge(call: BoardCall, data: OneOfCard) -> KnowledgeAnswer:
    """One item of knowledge of a card.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    item = knowledge.row(call.entity(Card, data.card_id, "card_id"), data.knowledge_id)
    return {"success": True, "knowledge": item_of(item, content=True)}


class NewCardKnowledge(AllOfCard):
    title: Title
    content: RequiredText
    description: Text = ""
    mime_type: MimeType = "text/markdown"
    source: Annotated[str, Field(max_length=160, description="Where it comes from.")] = "manual"


@cards.operation(
    needs=EDIT,
    may_need=WORK,
    writes=True,
    rest=Route(f"POST {ADDRESS}", view=_item_alone, status=201),
    untrusted=OUT,
)
def add_card_knowledge(call: BoardCall, data: NewCardKnowledge) -> KnowledgeAnswer:
    """Add a text that whoever works on a card should know.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, LIMIT_EXCEEDED.
    Event: knowledge.added.
    """
    card = _writable(call, data.card_id, "add")
    fields = {name: getattr(data, name) for name in (*FIELDS, "source")}
    if not data.content.strip():
        raise Failure(Code.VALIDATION_ERROR, "content is required.", field="content")
    return {"success": True, "knowledge": item_of(knowledge.add(call, card, **fields), content=True)}


class CardKnowledgeChange(OneOfCard):
    title: NewTitle = ""
    description: NewText = None
    content: Annotated[RequiredText, UNCHANGED, Field(description='"" = unchanged.')] = ""
    mime_type: Annotated[MimeType, UNCHANGED] = ""
    expected_version: ExpectedVersion = None


@cards.operation(
    needs=EDIT,
    may_need=WORK,
    writes=True,
    rest=Route(f"PATCH {ADDRESS}/<str:knowledge_id>", view=_item_alone),
    untrusted=OUT,
)
def update_card_knowledge(call: BoardCall, data: CardKnowledgeChange) -> KnowledgeAnswer:
    """Rewrite an item of knowledge of a card. What is left out or "" stays; expected_version is the item's revision.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: knowledge.updated.
    """
    wanted = {name: value or "" for name, value in changes_of(data, FIELDS).items()}
    if not wanted:
        raise Failure(Code.VALIDATION_ERROR, f"Nothing to change. Give one of {', '.join(FIELDS)}.", field="title")
    card = _writable(call, data.card_id, "update")
    item = knowledge.row(card, data.knowledge_id, lock=True)
    check_revision(data.expected_version, item.revision, "knowledge")
    changed = [name for name, value in wanted.items() if getattr(item, name) != value]
    if changed:
        before = knowledge.named(item)
        for name in changed:
            setattr(item, name, wanted[name])
        item.revision += 1
        item.updated_at = clock.now()
        item.save(update_fields=[*changed, "revision", "updated_at"])
        knowledge.tell(call, "updated", card, (before, knowledge.named(item)), changed_fields=changed)
    return {"success": True, "knowledge": item_of(item, content=True)}


class DeletedKnowledge(TypedDict):
    """`deleted` is the id that is gone, `remaining` how many items the card still has."""

    success: Literal[True]
    deleted: str
    remaining: int


@cards.operation(needs=EDIT, may_need=WORK, writes=True, destructive=True, rest=f"DELETE {ADDRESS}/<str:knowledge_id>")
def delete_card_knowledge(call: BoardCall, data: OneOfCard) -> DeletedKnowledge:
    """Delete an item of knowledge of a card for good.

    Gates: archived.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: knowledge.deleted.
    """
    card = _writable(call, data.card_id, "delete")
    item = knowledge.delete(call, card, data.knowledge_id)
    remaining = Knowledge.objects.filter(entity_id=card.pk).count()
    return {"success": True, "deleted": item.public_id, "remaining": remaining}
