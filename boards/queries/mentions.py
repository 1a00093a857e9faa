"""Texts that name an agent, as its inbox shows them."""

from collections.abc import Collection, Sequence
from typing import Any, TypedDict

from django.db.models import Exists, OuterRef, QuerySet

from boards.call import BoardCall
from boards.instants import iso
from boards.mentions import COMMENT, READ_FLAGS
from boards.models import Comment, Entity, Mention, Question, SeenItem
from boards.queries.people import names_of

EXCERPT = 2000  # characters of a text in a list


class MentionItem(TypedDict):
    """One text. `content` and `answer` are its first 2000 characters; `entity_id` is what it hangs on."""

    type: str
    item_id: str
    entity_kind: str
    entity_id: str
    ref: str
    title: str
    content: str
    answer: str | None
    author_id: str
    seen: bool
    created_at: str | None


class Reader(TypedDict):
    agent_id: str
    agent_name: str
    seen_at: str | None


def of_caller(call: BoardCall) -> "QuerySet[Any]":
    """The caller's mentions on the board in texts that it may read; `is_seen` is annotated. People have none."""
    readable = [item_type for item_type, flag in READ_FLAGS.items() if call.holds(flag)]
    seen = SeenItem.objects.filter(agent_id=OuterRef("agent_id"), item_id=OuterRef("item_id"))
    named = Mention.objects.filter(entity__board=call.board, item_type__in=readable).annotate(is_seen=Exists(seen))
    agent_pk = call.caller.agent_pk
    return named.none() if agent_pk is None else named.filter(agent_id=agent_pk)


def items(mentions: Sequence[Any]) -> list[MentionItem]:
    """Those mentions (with `is_seen`) and their texts; three queries."""
    entities = Entity.objects.in_bulk({mention.entity_id for mention in mentions})
    comments = Comment.objects.in_bulk([m.item_id for m in mentions if m.item_type == COMMENT])
    questions = Question.objects.in_bulk([m.item_id for m in mentions if m.item_type != COMMENT])
    rows = []
    for mention in mentions:
        entity = entities[mention.entity_id]
        comment, question = comments.get(mention.item_id), questions.get(mention.item_id)
        if comment is not None:
            content, answer, author = comment.content, None, comment.author_id
        elif question is not None:
            content, answer, author = question.question, question.answer, question.asked_by
        else:
            continue
        row: MentionItem = {
            "type": mention.item_type,
            "item_id": str(mention.item_id),
            "entity_kind": entity.kind,
            "entity_id": str(entity.pk),
            "ref": entity.ref,
            "title": entity.title,
            "content": content[:EXCERPT],
            "answer": None if answer is None else answer[:EXCERPT],
            "author_id": author,
            "seen": mention.is_seen,
            "created_at": iso(mention.created_at),
        }
        rows.append(row)
    return rows


def seen_of(entity: Entity, item_types: Collection[str]) -> "QuerySet[SeenItem]":
    """What agents have seen of the texts of an object that name somebody."""
    named = Mention.objects.filter(entity=entity, item_type__in=item_types)
    return SeenItem.objects.filter(item_id__in=named.values("item_id")).select_related("agent")


def readers_of(seen: Collection[SeenItem]) -> dict[str, list[Reader]]:
    """The readers of each text; at most two queries, for the names."""
    names = names_of(row.agent.agent_id for row in seen)
    readers: dict[str, list[Reader]] = {}
    for row in seen:
        agent_id = row.agent.agent_id
        reader: Reader = {"agent_id": agent_id, "agent_name": names[agent_id], "seen_at": iso(row.seen_at)}
        readers.setdefault(str(row.item_id), []).append(reader)
    return readers
