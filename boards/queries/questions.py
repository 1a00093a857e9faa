"""Questions with their answers, as answers show them and as search finds them."""

from collections.abc import Collection, Iterable
from typing import TypedDict
from uuid import UUID

from boards import indexing
from boards.choices import Choice
from boards.instants import iso
from boards.models import Question
from boards.models.entity import LETTERS


class QaItem(TypedDict):
    """One question. `choices` is null for a text question; answer and chosen ids are until it is answered."""

    id: str
    question: str
    question_type: str
    choices: list[Choice] | None
    allow_free_text: bool
    answer: str | None
    selected: list[str] | None
    asked_by: str
    answered_by: str | None
    revision: int
    created_at: str | None
    answered_at: str | None


def item(question: Question) -> QaItem:
    return {
        "id": str(question.pk),
        "question": question.question,
        "question_type": question.question_type,
        "choices": question.choices or None,
        "allow_free_text": question.allow_free_text,
        "answer": question.answer,
        "selected": question.selected,
        "asked_by": question.asked_by,
        "answered_by": question.answered_by or None,
        "revision": question.revision,
        "created_at": iso(question.created_at),
        "answered_at": iso(question.answered_at),
    }


def by_entity(pks: Collection[UUID]) -> dict[UUID, list[QaItem]]:
    """The questions of these objects, oldest first; one query, a key for every object."""
    found: dict[UUID, list[QaItem]] = {pk: [] for pk in pks}
    for question in Question.objects.filter(entity__in=pks).order_by("created_at", "pk"):
        found[question.entity_id].append(item(question))
    return found


def text_of(question: Question) -> str:
    """Everything that somebody wrote in a question: what names people, and what search reads."""
    labels = [choice["label"] for choice in question.choices]
    return "\n".join([question.question, *labels, question.answer or ""]).rstrip("\n")


@indexing.describes(*LETTERS, documents=["question"])
def documents(entity_ids: Collection[UUID]) -> Iterable[indexing.Document]:
    """One document a question, with its answer."""
    for question in Question.objects.filter(entity__in=entity_ids):
        yield indexing.Document(question.entity_id, "question", str(question.pk), question.question, text_of(question))
