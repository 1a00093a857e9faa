"""Copying what hangs on a spec to one of its cards, so that whoever works on the card finds it there."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict, TypeVar

from django.db.models import Model
from pydantic import Field

from boards import commenting
from boards.call import BoardCall, work_in
from boards.inputs import MAX_TEXT, Id, OnObject, Values
from boards.models import Card, Comment, Question
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route
from specs import knowledge, locks, mockups
from specs.architecture.copies import copy_designs, source_ref
from specs.catalog import specs
from specs.models import Knowledge, Mockup, Spec
from specs.queries import architecture
from specs.queries.architecture import DesignSummary, summary_of

M = TypeVar("M", bound=Model)
PREFIX = "okto_pulse_"
QA_TITLE = "## Spec Q&A Context"
FIELDS = {
    "mockup.copied": "screen_mockups",
    "knowledge.copied": "knowledge_bases",
    "architecture.copied": "architecture_designs",
}
COPIED_MOCKUP = ("public_id", "title", "description", "screen_type", "html_content", "annotations", "origin_id")
COPIED_KNOWLEDGE = ("title", "description", "content", "mime_type")


class SpecToCard(OnObject):
    spec_id: Id
    card_id: Id


def _ends(call: BoardCall, data: SpecToCard, operation: str) -> tuple[Spec, Card]:
    """The spec, and the card, locked. Errors: NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED (archived)."""
    spec = call.entity(Spec, data.spec_id, "spec_id")
    card = call.entity(Card, data.card_id, "card_id", lock=True)
    call.demand_in(card)
    locks.demand_live(call, card, PREFIX + operation)
    return spec, card


def _chosen(rows: Sequence[M], ids: Sequence[str], field: str, name_of: Callable[[M], str]) -> list[M]:
    """The rows with these ids; no ids = all. Errors: VALIDATION_ERROR for unknown ids, and when there is nothing."""
    known = {name_of(row): row for row in rows}
    unknown = [text[:80] for text in ids if text not in known]
    if unknown:
        raise Failure(Code.VALIDATION_ERROR, f"{field} takes ids of the spec.", field=field, unknown=unknown[:10])
    if not rows:
        raise _nothing(field)
    return [known[text] for text in dict.fromkeys(ids)] if ids else list(rows)


def _nothing(field: str) -> Failure:
    return Failure(Code.VALIDATION_ERROR, "The spec has nothing to copy.", field=field)


class CopyMockups(SpecToCard):
    screen_ids: Values = Field(default=[])


class CopiedMockups(TypedDict):
    success: Literal[True]
    copied: int
    total_on_card: int


@specs.operation(
    needs="card.copy_from_spec.mockups", may_need=work_in("card"), writes=True, idempotent=True,
    rest="POST cards/<str:card_id>/copy-mockups-from-spec/<str:spec_id>",
)  # fmt: skip
def copy_mockups_to_card(call: BoardCall, data: CopyMockups) -> CopiedMockups:
    """Copy mockups of a spec to a card under the ids that they have; what is there already is left alone.

    Gates: archived (the card).
    Errors: VALIDATION_ERROR (also when there is nothing to copy), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    LIMIT_EXCEEDED.
    Event: mockup.copied.
    """
    spec, card = _ends(call, data, "copy_mockups_to_card")
    rows = list(Mockup.objects.filter(entity=spec).order_by("position", "id"))
    wanted = _chosen(rows, data.screen_ids, "screen_ids", lambda row: row.public_id)
    held = mockups.ids_of(card)
    missing = [row for row in wanted if row.public_id not in held]
    mockups.demand_room(len(held), len(missing))
    Mockup.objects.bulk_create(
        Mockup(entity=card, position=place, **_fresh(call, row, COPIED_MOCKUP), created_by=call.person)
        for place, row in enumerate(missing, mockups.next_position(card))
    )
    _tell(call, "mockup.copied", card, spec, [row.public_id for row in missing])
    return {"success": True, "copied": len(missing), "total_on_card": len(held) + len(missing)}


def _fresh(call: BoardCall, row: Model, names: Sequence[str]) -> dict[str, Any]:
    now = clock.now()
    return {**{name: getattr(row, name) for name in names}, "created_at": now, "updated_at": now}


def _tell(call: BoardCall, event: str, card: Card, spec: Spec, ids: Sequence[str]) -> None:
    if ids:
        change = {"field": FIELDS[event], "old": None, "new": list(ids)}
        call.tell(event, card, changes=[change], spec_id=str(spec.pk), ids=list(ids))


class CopyKnowledge(SpecToCard):
    knowledge_ids: Values = Field(default=[])


class CopiedKnowledge(TypedDict):
    """`knowledge_ids` are the ids on the card of what was copied now."""

    success: Literal[True]
    copied: int
    knowledge_ids: list[str]
    total_on_card: int


@specs.operation(
    needs="card.copy_from_spec.knowledge", may_need=work_in("card"), writes=True, idempotent=True,
    rest="POST cards/<str:card_id>/copy-knowledge-from-spec/<str:spec_id>",
)  # fmt: skip
def copy_knowledge_to_card(call: BoardCall, data: CopyKnowledge) -> CopiedKnowledge:
    """Copy knowledge of a spec to a card; what was copied before is left alone.

    Gates: archived (the card).
    Errors: VALIDATION_ERROR (also when there is nothing to copy), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    LIMIT_EXCEEDED.
    Event: knowledge.copied.
    """
    spec, card = _ends(call, data, "copy_knowledge_to_card")
    rows = list(Knowledge.objects.filter(entity=spec).order_by("created_at", "id"))
    wanted = _chosen(rows, data.knowledge_ids, "knowledge_ids", lambda row: row.public_id)
    held = set(Knowledge.objects.filter(entity=card).values_list("public_id", flat=True))
    missing = {name: row for row in wanted if (name := f"cardkb_{row.public_id}") not in held}
    knowledge.demand_room(card, len(missing))
    Knowledge.objects.bulk_create(
        Knowledge(
            entity=card,
            public_id=name,
            source=f"copied_from_spec:{spec.pk}:{row.public_id}",
            author_id=call.person,
            **_fresh(call, row, COPIED_KNOWLEDGE),
        )
        for name, row in missing.items()
    )
    _tell(call, "knowledge.copied", card, spec, list(missing))
    return {
        "success": True,
        "copied": len(missing),
        "knowledge_ids": list(missing),
        "total_on_card": len(held) + len(missing),
    }


class CopiedQuestions(TypedDict):
    """`copied` counts answered questions; `comment_id` is null when the card has this very comment already."""

    success: Literal[True]
    copied: int
    comment_id: str | None


@specs.operation(
    needs="card.copy_from_spec.qa", writes=True, idempotent=True,
    rest="POST cards/<str:card_id>/copy-qa-from-spec/<str:spec_id>",
)  # fmt: skip
def copy_qa_to_card(call: BoardCall, data: SpecToCard) -> CopiedQuestions:
    """Write the answered questions of a spec into one comment on a card; chosen options stand there by their labels.

    Nothing is written when the card has a comment with these very words.

    Gates: archived (the card).
    Errors: VALIDATION_ERROR (also when nothing is answered), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    CONTENT_TOO_LARGE.
    Event: comment.added.
    """
    spec = call.entity(Spec, data.spec_id, "spec_id")
    card = call.entity(Card, data.card_id, "card_id", lock=True)
    locks.demand_live(call, card, f"{PREFIX}copy_qa_to_card")
    questions = Question.objects.filter(entity=spec).order_by("created_at", "pk")
    answered = [question for question in questions if question.is_answered]
    if not answered:
        raise _nothing("spec_id")
    content = "\n\n".join([QA_TITLE, *map(_said, answered)])
    if len(content) > MAX_TEXT:
        raise Failure(
            Code.CONTENT_TOO_LARGE,
            "The answers are too long for one comment. Copy what matters by hand.",
            max_characters=MAX_TEXT,
        )
    if Comment.objects.filter(entity=card, content=content).exists():
        return {"success": True, "copied": 0, "comment_id": None}
    comment = Comment(content=content)
    commenting.add(call, card, comment, "comment.added", f"{PREFIX}copy_qa_to_card")
    return {"success": True, "copied": len(answered), "comment_id": str(comment.pk)}


def _said(question: Question) -> str:
    labels = {choice["id"]: choice["label"] for choice in question.choices}
    chosen = [labels.get(option, option) for option in question.selected or []]
    answer = "\n".join(text for text in ("; ".join(chosen), question.answer) if text)
    return f"**Q:** {question.question}\n**A:** {answer}"


class CopyDesigns(SpecToCard):
    design_ids: Values = Field(default=[])


class CopiedDesigns(TypedDict):
    """`copied` counts copies that are new or were brought up to date; listed are all of what was asked for."""

    success: Literal[True]
    copied: int
    architecture_designs: list[DesignSummary]


@specs.operation(
    needs="card.copy_from_spec.architecture",
    may_need=work_in("card"),
    writes=True,
    idempotent=True,
    rest=Route("POST cards/<str:card_id>/copy-architecture-from-spec/<str:spec_id>"),
    untrusted=("architecture_designs[].title", "architecture_designs[].global_description"),
)
def copy_architecture_to_card(call: BoardCall, data: CopyDesigns) -> CopiedDesigns:
    """Copy designs of a spec to a card, or bring earlier copies up to the present version of their source.

    Gates: archived (the card).
    Errors: VALIDATION_ERROR (also when there is nothing to copy), NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED,
    LIMIT_EXCEEDED.
    Event: architecture.copied.
    """
    spec, card = _ends(call, data, "copy_architecture_to_card")
    sources = architecture.rows_of([spec.pk])
    wanted = {source_ref(row) for row in _chosen(sources, data.design_ids, "design_ids", lambda row: str(row.pk))}
    changed = copy_designs(call, spec, card, data.design_ids, field="design_ids")
    _tell(call, "architecture.copied", card, spec, [str(design.pk) for design in changed])
    copies = [summary_of(copy) for copy in architecture.rows_of([card.pk]) if copy.source_ref in wanted]
    return {"success": True, "copied": len(changed), "architecture_designs": copies}
