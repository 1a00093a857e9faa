"""What the operations on questions do, alike for every kind of object."""

from collections.abc import Sequence
from typing import Any, TypedDict

from boards import mentions
from boards.archived import demand_live
from boards.call import BoardCall
from boards.catalog import PREFIX
from boards.choices import chosen, numbered
from boards.families.target import Target
from boards.location import not_found
from boards.models import Entity, Question
from boards.queries.questions import QaItem, item, text_of
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure


class Asked(TypedDict):
    success: bool
    qa: QaItem


class Deleted(TypedDict):
    success: bool


def added(call: BoardCall, target: Target, data: Any, kind: str, options: Sequence[str] | None) -> Asked:
    """Errors: NOT_FOUND, GATE_BLOCKED."""
    entity: Entity = call.entity(target.model, getattr(data, target.id_name), target.id_name)
    noun = "question" if kind == "text" else "choice_question"
    demand_live(call, entity, f"{PREFIX}ask_{target.infix}{noun}")
    question = Question.objects.create(
        entity=entity,
        question=data.question,
        question_type=kind,
        choices=numbered(options or []),
        allow_free_text=getattr(data, "allow_free_text", False),
        asked_by=call.person,
        created_at=clock.now(),
    )
    mentions.record(call, entity, mentions.QUESTION[target.kind], question.pk, text_of(question))
    call.tell(f"{target.infix}{noun}.added", entity, qa_id=str(question.pk), question_type=kind)
    return {"success": True, "qa": item(question)}


def found(call: BoardCall, target: Target, data: Any) -> Question:
    """The question, locked, of an object of this kind, and of the object that the call names. Errors: NOT_FOUND."""
    question = call.child(Question, data.qa_id, "qa_id", lock=True)
    if question.entity.kind != target.kind:
        raise not_found("question", "qa_id")
    if target.names_object:
        entity = call.entity(target.model, getattr(data, target.id_name), target.id_name)
        if question.entity_id != entity.pk:
            raise not_found("question", "qa_id")
    return question


def answered(call: BoardCall, target: Target, question: Question, text: str, selected: Sequence[str]) -> Asked:
    """Errors: GATE_BLOCKED, VALIDATION_ERROR."""
    demand_live(call, question.entity, f"{PREFIX}answer_{target.infix}question")
    kept = chosen(selected, question.choices, question.question_type)
    if not text.strip() and not kept:
        raise Failure(Code.VALIDATION_ERROR, "An answer holds a text or at least one option.", field="answer")
    question.answer = text if text.strip() else None
    question.selected = kept or None
    question.answered_by = call.person
    question.answered_at = clock.now()
    question.revision += 1
    question.save(update_fields=["answer", "selected", "answered_by", "answered_at", "revision"])
    mentions.record(call, question.entity, mentions.QUESTION[target.kind], question.pk, text_of(question))
    call.tell(f"{target.infix}question.answered", question.entity, qa_id=str(question.pk))
    return {"success": True, "qa": item(question)}


def deleted(call: BoardCall, target: Target, question: Question) -> Deleted:
    """Errors: PERMISSION_DENIED for who neither asked it nor may delete any, GATE_BLOCKED."""
    is_own = question.asked_by == call.person and (not target.own_flag or call.holds(target.own_flag))
    if not is_own:
        call.demand(target.delete_flag)
    demand_live(call, question.entity, f"{PREFIX}delete_{target.infix}question")
    pk = question.pk
    mentions.forget(pk)
    question.delete()
    call.tell(f"{target.infix}question.deleted", question.entity, qa_id=str(pk))
    return {"success": True}
