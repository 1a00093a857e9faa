"""Knowledge of objects, as answers show it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NotRequired, TypedDict
from uuid import UUID

from boards import indexing
from boards.instants import iso
from boards.models.entity import LETTERS
from specs.models import Knowledge


class KnowledgeItem(TypedDict):
    """A text that belongs to an object; lists leave `content` out. `author_id` and `created_by` are the same."""

    id: str
    title: str
    description: str
    mime_type: str
    source: str
    author_id: str
    created_by: str
    revision: int
    created_at: str | None
    updated_at: str | None
    content: NotRequired[str]


def item_of(row: Knowledge, *, content: bool) -> KnowledgeItem:
    item: KnowledgeItem = {
        "id": row.public_id,
        "title": row.title,
        "description": row.description,
        "mime_type": row.mime_type,
        "source": row.source,
        "author_id": row.author_id,
        "created_by": row.author_id,
        "revision": row.revision,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }
    if content:
        item["content"] = row.content
    return item


def by_entity(pks: Iterable[UUID], *, content: bool) -> dict[UUID, list[KnowledgeItem]]:
    """The knowledge of these objects, oldest first, in one query."""
    rows = Knowledge.objects.filter(entity_id__in=list(pks)).order_by("created_at", "id")
    found: dict[UUID, list[KnowledgeItem]] = defaultdict(list)
    for row in rows if content else rows.defer("content"):
        found[row.entity_id].append(item_of(row, content=content))
    return found


@indexing.describes(*LETTERS, documents=["knowledge"])
def documents(entity_ids: Collection[UUID]) -> Iterable[indexing.Document]:
    """One document an item."""
    for row in Knowledge.objects.filter(entity_id__in=entity_ids):
        body = "\n".join(filter(None, (row.description, row.content)))
        yield indexing.Document(row.entity_id, "knowledge", row.public_id, row.title, body)
