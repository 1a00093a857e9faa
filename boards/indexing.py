"""Search documents, written by the transaction that changes what they describe."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

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
EVERYTHING = ""
MAX_TITLE = 500
# PostgreSQL keeps at most 1 MiB of words of a document, and hyphenated words make 3.5 times their size of it.
MAX_BODY_BYTES = 250_000


@dataclass(frozen=True, slots=True)
class Describer:
    """Reads the documents of entities of some kinds. `documents` are the kinds of documents that it answers."""

    describe: Describe
    entities: frozenset[str]
    documents: frozenset[str]

    def hears(self, nouns: Collection[str]) -> bool:
        """Whether events with these nouns (`spec_question` of `spec_question.added`) change what it answers."""
        return EVERYTHING in nouns or any(noun.endswith(name) for noun in nouns for name in self.documents)


_describers: list[Describer] = []


def describes(*entities: str, documents: Iterable[str]) -> Callable[[Describe], Describe]:
    """Declare what search finds of entities of these kinds: from the ids of some to all their documents.

    It is asked again after an event whose noun ends with the name of one of its kinds of documents.
    """

    def declare(describe: Describe) -> Describe:
        _describers.append(Describer(describe, frozenset(entities), frozenset(documents)))
        return describe

    return declare


def board_word(board_pk: UUID) -> str:
    """The word of the index by which documents of a board are found."""
    return f"b{board_pk.hex}"


def refresh(touched: Mapping[UUID, Collection[str]]) -> None:
    """Write what has changed in the documents of entities, by the nouns of the events that were told of them.

    An event of a noun that no describer knows may have changed anything.
    """
    entities = {entity.pk: entity for entity in Entity.objects.filter(pk__in=touched).only("pk", "kind", "board_id")}
    jobs = [job for job in ((d, _of(d, entities, touched)) for d in _describers) if job[1]]
    wanted = {
        (document.entity_id, document.kind, document.object_id): _bounded(document)
        for describer, pks in jobs
        for document in describer.describe(pks)
    }
    concerned = (
        Q(*(Q(entity__in=pks, kind__in=d.documents) for d, pks in jobs), _connector=Q.OR) if jobs else Q(pk=None)
    )
    stored = {(row.entity_id, row.kind, row.object_id): row for row in SearchDocument.objects.filter(concerned)}
    _write(entities, wanted, stored)


def _bounded(document: Document) -> Document:
    """The document as it is stored: of a very long text search reads the beginning."""
    body = document.body
    if len(body) * 4 > MAX_BODY_BYTES:
        body = body.encode()[:MAX_BODY_BYTES].decode(errors="ignore")
    return replace(document, title=document.title[:MAX_TITLE], body=body)


def _of(describer: Describer, entities: Mapping[UUID, Entity], touched: Mapping[UUID, Collection[str]]) -> list[UUID]:
    """The entities whose documents a describer is asked for."""
    return [
        pk
        for pk, entity in entities.items()
        if entity.kind in describer.entities
        and (describer.hears(touched[pk]) or not all(_is_known(entity.kind, noun) for noun in touched[pk]))
    ]


def _is_known(kind: str, noun: str) -> bool:
    return any(kind in describer.entities and describer.hears((noun,)) for describer in _describers)


Key = tuple[UUID, str, str]


def _write(
    entities: Mapping[UUID, Entity], wanted: Mapping[Key, Document], stored: Mapping[Key, SearchDocument]
) -> None:
    now = clock.now()
    SearchDocument.objects.filter(pk__in=[row.pk for key, row in stored.items() if key not in wanted]).delete()
    changed = []
    for key, row in stored.items():
        document = wanted.get(key)
        if document is not None and (row.title, row.body) != (document.title, document.body):
            row.title, row.body, row.updated_at = document.title, document.body, now
            changed.append(row)
    SearchDocument.objects.bulk_update(changed, ["title", "body", "updated_at"])
    SearchDocument.objects.bulk_create(
        SearchDocument(
            board_id=entities[document.entity_id].board_id,
            entity_id=document.entity_id,
            kind=document.kind,
            object_id=document.object_id,
            scope=f"{board_word(entities[document.entity_id].board_id)} k{document.kind.replace('_', '')}",
            title=document.title,
            body=document.body,
            updated_at=now,
        )
        for key, document in wanted.items()
        if key not in stored
    )
