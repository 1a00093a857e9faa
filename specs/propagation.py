"""What a refinement or spec takes over from where it comes: mockups, knowledge, answered questions, architecture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypedDict, TypeVar

from django.db.models import Model
from pydantic import Field

from boards.call import BoardCall
from boards.inputs import BoardInput, Values
from boards.models import Entity, Question
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from specs import knowledge, mockups
from specs.architecture.copies import copy_designs
from specs.models import Knowledge, Mockup

M = TypeVar("M", bound=Model)
COPIED_ANSWER = (
    "question", "question_type", "choices", "allow_free_text", "answer", "selected", "asked_by", "answered_by",
)  # fmt: skip


class Propagation(BoardInput):
    """Which artefacts go down with a derivation. Empty lists take everything."""

    mockup_ids: Values = Field(default=[], description="Only these mockups; empty = all.")
    kb_ids: Values = Field(default=[], description="Only these items of knowledge; empty = all.")
    architecture_design_ids: Values = Field(default=[], description="Only these designs; empty = all.")
    architecture_propagation_mode: Literal["copy", "derive", "reference_only", "none"] = Field(
        "copy", description="copy and derive make copies that know their source; reference_only and none make none."
    )


class Copied(TypedDict):
    """How many of each were taken over."""

    mockups: int
    knowledge: int
    questions: int
    architecture: int


@dataclass(frozen=True, slots=True)
class Way:
    """From which object to which one."""

    call: BoardCall
    source: Entity
    target: Entity


def copy_down(call: BoardCall, source: Entity, target: Entity, asked: Propagation) -> Copied:
    """Copy the artefacts of an object to one that was just made from it: a fixed number of queries, no event.

    Errors: VALIDATION_ERROR for ids that the source does not have, LIMIT_EXCEEDED.
    """
    way = Way(call, source, target)
    return {
        "mockups": _copy_mockups(way, asked.mockup_ids),
        "knowledge": _copy_knowledge(way, asked.kb_ids),
        "questions": _copy_questions(way),
        "architecture": len(
            copy_designs(call, source, target, asked.architecture_design_ids, asked.architecture_propagation_mode)
        ),
    }


def answered_questions(source: Entity) -> list[Question]:
    """The questions of an object that have an answer, oldest first."""
    return [row for row in Question.objects.filter(entity_id=source.pk).order_by("created_at", "pk") if row.is_answered]


def _chosen(rows: Sequence[M], ids: Sequence[str], field: str, id_of: Callable[[M], str]) -> list[M]:
    """The rows with these ids, in their order; no ids = all."""
    unknown = sorted(set(ids) - {id_of(row) for row in rows})
    if unknown:
        raise Failure(
            Code.VALIDATION_ERROR,
            f"{field} takes ids of what hangs on the object that is derived from.",
            field=field,
            unknown=[text[:80] for text in unknown[:10]],
        )
    return [row for row in rows if not ids or id_of(row) in ids]


def _copy_mockups(way: Way, ids: Sequence[str]) -> int:
    rows = list(Mockup.objects.filter(entity_id=way.source.pk).order_by("position", "id"))
    chosen = _chosen(rows, ids, "mockup_ids", lambda row: row.public_id)
    taken = mockups.ids_of(way.target)
    mockups.demand_room(len(taken), len(chosen))
    first, now = mockups.next_position(way.target), clock.now()
    copies = []
    for place, row in enumerate(chosen, first):
        public_id = mockups.free_id("sm_", taken)
        taken.add(public_id)
        copies.append(
            Mockup(
                entity_id=way.target.pk,
                public_id=public_id,
                title=row.title,
                description=row.description,
                screen_type=row.screen_type,
                html_content=row.html_content,
                annotations=row.annotations,
                position=place,
                origin_id=row.public_id,
                created_by=way.call.person,
                created_at=now,
                updated_at=now,
            )
        )
    Mockup.objects.bulk_create(copies)
    return len(copies)


def _copy_knowledge(way: Way, ids: Sequence[str]) -> int:
    rows = list(Knowledge.objects.filter(entity_id=way.source.pk).order_by("created_at", "id"))
    chosen = _chosen(rows, ids, "kb_ids", lambda row: row.public_id)
    knowledge.demand_room(way.target, len(chosen))
    now = clock.now()
    Knowledge.objects.bulk_create(
        Knowledge(
            entity_id=way.target.pk,
            public_id=knowledge.public_id(way.target.kind),
            title=row.title,
            description=knowledge.propagated(row.description),
            content=row.content,
            mime_type=row.mime_type,
            author_id=way.call.person,
            created_at=now,
            updated_at=now,
        )
        for row in chosen
    )
    return len(chosen)


def _copy_questions(way: Way) -> int:
    """Questions that have an answer go down with it. When they were answered is a fact of the original alone."""
    now = clock.now()
    copies = [
        Question(
            entity_id=way.target.pk,
            created_at=now + timedelta(microseconds=place),  # keeps their order
            **{name: getattr(question, name) for name in COPIED_ANSWER},
        )
        for place, question in enumerate(answered_questions(way.source))
    ]
    Question.objects.bulk_create(copies)
    return len(copies)
