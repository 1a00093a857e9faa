"""Questions with one answer, the same way for every kind of object: ask, answer, list, delete."""

from typing import Any, Literal

from pydantic import Field

from boards.call import AnyOf, BoardCall, Need, any_of, check_revision
from boards.choices import Options, Said, Selected
from boards.families import question_acts
from boards.families.question_acts import Asked, Deleted
from boards.families.target import Target, arguments, declare
from boards.inputs import ExpectedVersion, Id, Text
from boards.models import Question
from boards.paging import Page, PagedByOffset, PageLimit, as_result, page_of, whole
from boards.queries.questions import QaItem, item
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route

ChoiceType = Literal["choice", "multi_choice"]
FOREIGN = ("qa.question", "qa.choices", "qa.answer")
PAGE = 200

REFUSED = "GATE_BLOCKED (archived)"


class Questions(Page):
    """A page of questions, oldest first; the id of their object stands beside, under the name of its kind.

    `count` and `total` are the same number.
    """

    count: int
    qa_items: list[QaItem]


def register_questions(target: Target) -> None:
    """Declare the operations on questions of one kind of object."""
    _register_ask(target)
    _register_answer(target)
    _register_delete(target)
    if target.has_choices:
        _register_ask_choice(target)
        _register_post(target)
        _register_list(target)


def _just_the_question(answer: Asked) -> QaItem:
    return answer["qa"]


def _register_ask(target: Target) -> None:
    def ask(call: BoardCall, data: Any) -> Asked:
        return question_acts.added(call, target, data, "text", [])

    takes = arguments(f"Ask{target.kind.title()}Question", {target.id_name: (Id, ...), "question": (Said, ...)})
    doc = f"""Ask a question in words about a {target.kind}. `@name` tells an agent of the board.

    Event: {target.infix}question.added.
    Errors: VALIDATION_ERROR, NOT_FOUND, {REFUSED}, PERMISSION_DENIED.
    """
    route = () if target.has_choices else Route(f"POST {target.rest}", view=_just_the_question, status=201)
    declare(
        target.catalog, ask, f"ask_{target.infix}question", doc, takes,
        needs=target.flag("ask"), writes=True, rest=route, untrusted=FOREIGN,
    )  # fmt: skip


def _register_ask_choice(target: Target) -> None:
    def ask_choice(call: BoardCall, data: Any) -> Asked:
        return question_acts.added(call, target, data, data.question_type, data.options)

    takes = arguments(
        f"Ask{target.kind.title()}ChoiceQuestion",
        {
            target.id_name: (Id, ...),
            "question": (Said, ...),
            "options": (Options, ...),
            "question_type": (ChoiceType, "choice"),
            "allow_free_text": (bool, False),
        },
    )
    doc = f"""Ask a question about a {target.kind} that is answered by one or several of the given options.

    Options with commas are sent as a list. A text beside the options is always accepted as an answer.

    Event: {target.infix}choice_question.added.
    Errors: VALIDATION_ERROR, NOT_FOUND, {REFUSED}, PERMISSION_DENIED.
    """
    declare(
        target.catalog, ask_choice, f"ask_{target.infix}choice_question", doc, takes,
        needs=target.flag("ask_choice"), writes=True, untrusted=FOREIGN,
    )  # fmt: skip


def _register_post(target: Target) -> None:
    """The one address where questions of every type are asked."""

    def post(call: BoardCall, data: Any) -> Asked:
        is_text = data.question_type == "text"
        call.demand(target.flag("ask" if is_text else "ask_choice"))
        if is_text == bool(data.choices):
            raise Failure(
                Code.VALIDATION_ERROR, "choices belong to a choice question, and every one has some.", field="choices"
            )
        return question_acts.added(call, target, data, data.question_type, data.choices)

    takes = arguments(
        f"Post{target.kind.title()}Question",
        {
            target.id_name: (Id, ...),
            "question": (Said, ...),
            "question_type": (Literal["text", "choice", "multi_choice"], "text"),
            "choices": (Options | None, None),
            "allow_free_text": (bool, False),
        },
    )
    doc = f"""Ask a question of any type about a {target.kind}. Choices are labels, or objects with a `label`.

    Event: {target.infix}question.added, {target.infix}choice_question.added.
    Errors: VALIDATION_ERROR, NOT_FOUND, {REFUSED}, PERMISSION_DENIED.
    """
    declare(
        target.people, post, f"post_{target.infix}question", doc, takes,
        needs=any_of(target.flag("ask"), target.flag("ask_choice")), writes=True, untrusted=FOREIGN,
        rest=Route(f"POST {target.rest}", view=_just_the_question, status=201),
    )  # fmt: skip


def _register_answer(target: Target) -> None:
    def answer(call: BoardCall, data: Any) -> Asked:
        question = question_acts.found(call, target, data)
        check_revision(data.expected_version, question.revision, "question")
        return question_acts.answered(call, target, question, data.answer, getattr(data, "selected", []))

    fields: dict[str, Any] = {**_question_fields(target), "answer": (Said, ...)}
    if target.has_choices:
        fields |= {"answer": (Text, ""), "selected": (Selected, [])}
    takes = arguments(f"Answer{target.kind.title()}Question", {**fields, "expected_version": (ExpectedVersion, None)})
    by_options = """By text, by ids of options, or by both. Of a single choice the first id counts, and one id that is
    no option refuses the whole answer.""" if target.has_choices else "By text."  # fmt: skip
    doc = f"""Answer a question about a {target.kind}; a later answer replaces the earlier one.

    {by_options} `expected_version` keeps an answer that came meanwhile.

    Event: {target.infix}question.answered.
    Errors: VALIDATION_ERROR, NOT_FOUND, {REFUSED}, VERSION_CONFLICT, PERMISSION_DENIED.
    """
    declare(
        target.catalog, answer, f"answer_{target.infix}question", doc, takes,
        needs=target.flag("answer"), writes=True, untrusted=FOREIGN,
        rest=Route(f"POST {target.answer_rest}/answer", view=_just_the_question),
    )  # fmt: skip


def _register_delete(target: Target) -> None:
    def delete(call: BoardCall, data: Any) -> Deleted:
        return question_acts.deleted(call, target, question_acts.found(call, target, data))

    takes = arguments(f"Delete{target.kind.title()}Question", _question_fields(target))
    doc = f"""Delete a question about a {target.kind} with its answer: your own, or anybody's with the right to.

    Event: {target.infix}question.deleted.
    Errors: VALIDATION_ERROR, NOT_FOUND, {REFUSED}, PERMISSION_DENIED.
    """
    declare(
        target.catalog, delete, f"delete_{target.infix}question", doc, takes,
        needs=_delete_needs(target), may_need=() if target.own_flag else (target.delete_flag, target.flag("ask")),
        writes=True, destructive=True, rest=f"DELETE {target.answer_rest}",
    )  # fmt: skip


def _delete_needs(target: Target) -> Need | None:
    return AnyOf((target.delete_flag, target.own_flag)) if target.own_flag else None


def _register_list(target: Target) -> None:
    def listed(call: BoardCall, data: Any) -> dict[str, Any]:
        entity = call.entity(target.model, getattr(data, target.id_name), target.id_name)
        questions = Question.objects.filter(entity=entity)
        if data.unanswered:
            questions = questions.filter(answered_at=None)
        found, cursor = page_of(questions, ("created_at", "pk"), data)
        page = whole(questions, data, cursor)
        rows = [item(question) for question in found]
        return {target.id_name: str(entity.pk), "count": page["total"], "qa_items": rows, **page}

    listed.__annotations__["return"] = target.listing
    takes = arguments(
        f"List{target.kind.title()}Questions",
        {
            target.id_name: (Id, ...),
            "unanswered": (bool, Field(False, description="Only questions without an answer.")),
            "limit": (PageLimit, PAGE),
        },
        PagedByOffset,
    )
    doc = f"""The questions about a {target.kind} with their answers, oldest first.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    declare(
        target.catalog, listed, f"list_{target.infix}qa", doc, takes, needs=target.flag("read"),
        rest=Route(f"GET {target.rest}", view=as_result("qa_items")),
        untrusted=("qa_items[].question", "qa_items[].choices", "qa_items[].answer"),
    )  # fmt: skip


def _question_fields(target: Target) -> dict[str, Any]:
    own = {target.id_name: (Id, ...)} if target.names_object else {}
    return {**own, "qa_id": (Id, ...)}
