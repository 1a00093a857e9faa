"""Mockups of objects, as answers show them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypedDict
from uuid import UUID

from boards import indexing
from boards.content import text_of_html
from boards.instants import iso
from boards.models.entity import LETTERS
from specs.models import Mockup


class Annotation(TypedDict):
    """A note on a mockup."""

    id: str
    text: str
    author_id: str


class Screen(TypedDict):
    """A mockup. `origin_id` is the mockup that it was copied from; `html_content` is sanitised."""

    id: str
    title: str
    description: str
    screen_type: str
    html_content: str
    annotations: list[Annotation]
    order: int
    origin_id: str | None
    revision: int
    created_by: str
    created_at: str | None
    updated_at: str | None


def screen_of(row: Mockup) -> Screen:
    return {
        "id": row.public_id,
        "title": row.title,
        "description": row.description,
        "screen_type": row.screen_type,
        "html_content": row.html_content,
        "annotations": row.annotations,
        "order": row.position,
        "origin_id": row.origin_id or None,
        "revision": row.revision,
        "created_by": row.created_by,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def by_entity(pks: Iterable[UUID]) -> dict[UUID, list[Screen]]:
    """The mockups of these objects in their order, in one query."""
    found: dict[UUID, list[Screen]] = defaultdict(list)
    for row in Mockup.objects.filter(entity_id__in=list(pks)).order_by("position", "id"):
        found[row.entity_id].append(screen_of(row))
    return found


@indexing.describes(*LETTERS, documents=["mockup"])
def documents(entity_ids: Collection[UUID]) -> Iterable[indexing.Document]:
    """One document a mockup: what it says about itself, what it shows, and the notes on it."""
    for row in Mockup.objects.filter(entity_id__in=entity_ids):
        notes = (str(note["text"]) for note in row.annotations)
        body = "\n".join(filter(None, (row.description, text_of_html(row.html_content), *notes)))
        yield indexing.Document(row.entity_id, "mockup", row.public_id, row.title, body)
