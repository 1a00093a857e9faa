"""Search documents, written by the transaction that changes what they describe."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from boards.models import Entity, SearchDocument
from pulse_project.core import clock


@dataclass(frozen=True, slots=True)
class Document:
    """The searchable text of an entity (`object_id` empty) or of something that hangs on it."""

    entity_id: UUID
    kind: str
    object_id: str
    title: str
    body: str


Describe = Callable[[Collection[UUID]], Iterable[Document]]
_describers: dict[str, list[Describe]] = defaultdict(list)


def describes(*kinds: str) -> Callable[[Describe], Describe]:
    """Declare what search finds of entities of these kinds: from the ids of some to all their documents."""

    def declare(describe: Describe) -> Describe:
        for kind in kinds:
            _describers[kind].append(describe)
        return describe

    return declare


def board_word(board_pk: UUID) -> str:
    """The word of the index by which documents of a board are found."""
    return f"b{board_pk.hex}"


def refresh(entity_ids: Collection[UUID]) -> None:
    """Write what has changed in the documents of these entities."""
    entities = {entity.pk: entity for entity in Entity.objects.filter(pk__in=entity_ids).only("pk", "kind", "board_id")}
    by_kind: dict[str, list[UUID]] = defaultdict(list)
    for entity in entities.values():
        by_kind[entity.kind].append(entity.pk)
    wanted = {
        (document.entity_id, document.kind, document.object_id): document
        for kind, pks in by_kind.items()
        for describe in _describers[kind]
        for document in describe(pks)
    }
    stored = {
        (row.entity_id, row.kind, row.object_id): row
        for row in SearchDocument.objects.filter(entity_id__in=list(entities))
    }
    now = clock.now()
    SearchDocument.objects.filter(pk__in=[row.pk for key, row in stored.items() if key not in wanted]).delete()
    changed = []
    for key, row in stored.items():
        document = wanted.get(key)
        if document is not None and (row.title, row.body) != (document.title[:500], document.body):
            row.title, row.body, row.updated_at = document.title[:500], document.body, now
            changed.append(row)
    SearchDocument.objects.bulk_update(changed, ["title", "body", "updated_at"])
    SearchDocument.objects.bulk_create(
        SearchDocument(
            board_id=entities[document.entity_id].board_id,
            entity_id=document.entity_id,
            kind=document.kind,
            object_id=document.object_id,
            scope=f"{board_word(entities[document.entity_id].board_id)} k{document.kind.replace('_', '')}",
            title=document.title[:500],
            body=document.body,
            updated_at=now,
        )
        for key, document in wanted.items()
        if key not in stored
    )
