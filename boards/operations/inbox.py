"""The inbox of an agent: texts that name it, and what it has seen of them."""

from collections import defaultdict
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from boards.call import BoardCall
from boards.catalog import boards, people
from boards.inputs import Id, OnBoard, OnObject, Values
from boards.location import uuid_of
from boards.mentions import COMMENT, QUESTION
from boards.models import Card, Entity, SeenItem
from boards.models.entity import LETTERS
from boards.paging import Following, Page, Paged, PagedByOffset, page_of, whole
from boards.queries import mentions
from boards.queries.activity import events_of
from boards.queries.mentions import MentionItem, Reader
from boards.queries.people import names_of
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure


class ListMentions(PagedByOffset, OnBoard):
    include_seen: bool = False


class Mentions(Page):
    """`unseen_count` counts every unseen text of the board, whatever the page holds; `filter` is unseen or all."""

    agent_name: str
    unseen_count: int
    filter: str
    mentions: list[MentionItem]


class MarkAsSeen(OnBoard):
    item_ids: Values


class Marked(TypedDict):
    success: bool
    marked_count: int
    total_requested: int


class Unseen(TypedDict):
    """Counts of texts that name you on the board, and of everything that happened there in 24 hours."""

    board_id: str
    unseen_mentions: int
    total_mentions: int
    seen_count: int
    recent_activity_24h: int


class ReadSeen(Paged, OnObject):
    card_id: Id


class Seen(Following):
    """Per text (its id) who has seen it. The readers of one text may be on several pages."""

    items: dict[str, list[Reader]]


@boards.operation(
    needs="board.mentions_read",
    rest="GET boards/<str:board_id>/mentions",
    untrusted=("mentions[].title", "mentions[].content", "mentions[].answer"),
)
def list_my_mentions(call: BoardCall, data: ListMentions) -> Mentions:
    """Comments, questions and answers on the board that name you (`@your name`), newest first.

    Only unseen ones, unless `include_seen` is true.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    mine = mentions.of_caller(call)
    unseen = mine.filter(is_seen=False)
    rows = mine if data.include_seen else unseen
    found, cursor = page_of(rows, ("-created_at", "-pk"), data)
    return {
        "agent_name": names_of([call.person])[call.person],
        "unseen_count": unseen.count(),
        "filter": "all" if data.include_seen else "unseen",
        "mentions": mentions.items(found),
        **whole(rows, data, cursor),
    }


@boards.operation(
    needs="board.mentions_mark_seen", writes=True, idempotent=True, rest="POST boards/<str:board_id>/mentions/seen"
)
def mark_as_seen(call: BoardCall, data: MarkAsSeen) -> Marked:
    """Mark texts that name you as seen, by their `item_id`. Ids of anything else are ignored.

    Event: items.seen, ideation_qa.seen, refinement_qa.seen, spec_qa.seen, sprint_qa.seen.
    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    if not data.item_ids:
        raise Failure(Code.VALIDATION_ERROR, "item_ids names at least one text.", field="item_ids")
    wanted = {pk for text in data.item_ids if (pk := uuid_of(text)) is not None}
    fresh = list(mentions.of_caller(call).filter(item_id__in=wanted, is_seen=False))
    now = clock.now()
    SeenItem.objects.bulk_create(
        [SeenItem(agent_id=mention.agent_id, item_id=mention.item_id, seen_at=now) for mention in fresh],
        ignore_conflicts=True,  # the same agent marks the same text in two calls at once
    )
    _tell(call, {mention.item_id: mention.entity_id for mention in fresh})
    return {"success": True, "marked_count": len(fresh), "total_requested": len(data.item_ids)}


def _tell(call: BoardCall, objects: dict[UUID, UUID]) -> None:
    """One event an object, with the texts that were seen there."""
    seen: dict[UUID, list[str]] = defaultdict(list)
    for item_id, entity_pk in sorted(objects.items()):
        seen[entity_pk].append(str(item_id))
    for entity in Entity.objects.filter(pk__in=seen).order_by("pk"):
        noun = "items" if entity.kind == "card" else f"{entity.kind}_qa"
        call.tell(f"{noun}.seen", entity, item_ids=seen[entity.pk])


@boards.operation(needs="board.mentions_read", rest="GET boards/<str:board_id>/unseen")
def get_unseen_summary(call: BoardCall, data: OnBoard) -> Unseen:
    """How many texts on the board name you, how many of them you have not seen, and how much happened in 24 hours.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    mine = mentions.of_caller(call)
    total, unseen = mine.count(), mine.filter(is_seen=False).count()
    readable = [kind for kind in LETTERS if call.holds(f"{kind}.entity.read")]
    since_us = clock.to_us(clock.now() - timedelta(hours=24))
    return {
        "board_id": str(call.board.pk),
        "unseen_mentions": unseen,
        "total_mentions": total,
        "seen_count": total - unseen,
        "recent_activity_24h": events_of(call.board, readable).filter(created_us__gte=since_us).count(),
    }


@people.operation(needs="card.entity.read", rest="GET cards/<str:card_id>/seen")
def get_card_seen(call: BoardCall, data: ReadSeen) -> Seen:
    """Which agents have seen the comments and questions of a card that name them, in the order in which they did.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    found, cursor = page_of(mentions.seen_of(card, (COMMENT, QUESTION["card"])), ("seen_at", "pk"), data)
    return {"items": mentions.readers_of(found), "next_cursor": cursor}
