"""Cards: making, reading, changing, linking, deleting."""

from typing import Any, TypedDict

from boards.call import BoardCall
from boards.inputs import ExpectedVersion, Id, OnObject
from boards.models import Card
from boards.paging import Paged, page_of
from boards.queries import attachments, comments, questions
from boards.shaping import Shaped, kept, narrowed, only
from pulse_project.core.operations import Route
from specs.cards import creation, deletion, documents, editing, linking, reports
from specs.cards.inputs import WORK_IN, CardChange, NewCard
from specs.catalog import cards, people
from specs.queries.cards import CardRow, CardSummary, card_row

__all__ = ["create_card", "delete_card", "documents", "get_card", "get_task_conclusions", "update_card"]

MAY_CREATE = ("card.entity.create_test", "card.move.not_started_to_started")
MAY_EDIT = (
    "card.entity.edit_fields",
    "card.entity.edit_bug_fields",
    "card.entity.assign",
    "card.entity.label",
    "card.entity.link_tests",
    "card.link_to.scenario",
    "card.tests.link",
    *WORK_IN,
)
TEXTS = ("title", "description", "details", "expected_behavior", "observed_behavior", "steps_to_reproduce")
FOREIGN = tuple(f"card.{name}" for name in (*TEXTS, "action_plan"))


class CardAnswer(TypedDict):
    success: bool
    card: CardRow


def card_of(answer: CardAnswer) -> CardRow:
    return answer["card"]


@cards.operation(
    needs="card.entity.create",
    may_need=MAY_CREATE,
    writes=True,
    rest=Route("POST boards/<str:board_id>/cards", view=card_of, status=201),
    untrusted=FOREIGN,
)
def create_card(call: BoardCall, data: NewCard) -> CardAnswer:
    """Make a normal, test or bug card under a spec, at the end of its column.

    The spec is approved, in progress or done; for test cards it may also be validated. A test card names scenarios of
    its spec. A bug needs origin_task_id, severity, expected_behavior and observed_behavior; its spec is that of the
    origin. A card may begin as started when it could be moved there at once.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.created.
    """
    return {"success": True, "card": card_row(creation.create_card(call, data))}


class OneCard(OnObject):
    card_id: Id


class ReadCard(OneCard, Shaped):
    pass


@narrowed
class CardDetail(CardRow):
    """A card with what hangs on it. `omitted` names the parts that the caller may not read; those are empty."""

    attachments: list[attachments.AttachmentItem]
    qa_items: list[questions.QaItem]
    comments: list[comments.CommentItem]
    omitted: list[str]


SECTIONS = {"attachments": "card.attachments.read", "qa_items": "card.qa.read", "comments": "card.comments.read"}
DETAIL = frozenset(CardDetail.__annotations__)


@cards.operation(
    needs="card.entity.read",
    may_need=tuple(SECTIONS.values()),
    rest="GET cards/<str:card_id>",
    untrusted=(*TEXTS, "attachments[].filename", "qa_items[].question", "qa_items[].answer", "comments[].content"),
)
def get_card(call: BoardCall, data: ReadCard) -> CardDetail:
    """A card with its files, questions and comments. What its spec says about it: get_task_context.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    keys = kept(data, DETAIL, CardSummary.__annotations__)
    card = call.entity(Card, data.card_id, "card_id")
    found: dict[str, Any] = {name: [] for name in SECTIONS}
    readable = {name for name, flag in SECTIONS.items() if call.holds(flag)}
    loaders = {"attachments": attachments, "qa_items": questions, "comments": comments}
    for name in readable & keys:
        found[name] = loaders[name].by_entity([card.pk]).get(card.pk, [])
    omitted = [name for name in SECTIONS if name not in readable and name in keys]
    detail: CardDetail = {**card_row(card), **found, "omitted": omitted}  # type: ignore[typeddict-item]  # the sections
    return only(detail, keys)


@cards.operation(
    needs=None,
    may_need=MAY_EDIT,
    writes=True,
    rest=Route("PATCH cards/<str:card_id>", view=card_of),
    untrusted=FOREIGN,
)
def update_card(call: BoardCall, data: CardChange) -> CardAnswer:
    """Change fields of a card. What is left out or "" stays, null empties; a list replaces the whole list.

    Each field needs its own right: texts, priority and due date card.entity.edit_fields; bug fields edit_bug_fields;
    assignee_id assign; labels label; test_scenario_ids and linked_test_task_ids the right to link tests. Status and
    place are changed by move_card only, the spec by link_card_to_spec.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: card.updated.
    """
    return {"success": True, "card": card_row(editing.update_card(call, data))}


class DeleteCard(OneCard):
    expected_version: ExpectedVersion = None


class Deleted(TypedDict):
    success: bool


@cards.operation(
    needs="card.entity.delete", may_need=WORK_IN, writes=True, destructive=True, rest="DELETE cards/<str:card_id>"
)
def delete_card(call: BoardCall, data: DeleteCard) -> Deleted:
    """Delete a card for good, with its links, files, questions, comments and reports. To keep it: archive_tree.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED, VERSION_CONFLICT.
    Event: card.deleted, spec.moved.
    """
    deletion.delete_card(call, data.card_id, data.expected_version)
    return {"success": True}


class ReadConclusions(Paged, OneCard):
    pass


class Conclusions(TypedDict, total=False):
    """A page of the reports of a card, oldest first. A bug has its texts beside.

    `note` is there when nothing was reported.
    """

    id: str
    ref: str
    title: str
    status: str
    card_type: str
    revision: int
    conclusions: list[reports.Conclusion]
    next_cursor: str | None
    severity: str
    expected_behavior: str
    observed_behavior: str
    steps_to_reproduce: str
    action_plan: str
    note: str


@cards.operation(needs="card.conclusion.read", untrusted=("title", "conclusions[].text", *TEXTS[3:]))
def get_task_conclusions(call: BoardCall, data: ReadConclusions) -> Conclusions:
    """What was reported about the work on a card.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    found, cursor = page_of(reports.standing(card), ("created_at", "pk"), data)
    answer: Conclusions = {
        "id": str(card.pk),
        "ref": card.ref,
        "title": card.title,
        "status": card.status,
        "card_type": card.card_type,
        "revision": card.revision,
        "conclusions": [reports.conclusion(report) for report in found],
        "next_cursor": cursor,
    }
    if card.card_type == Card.Type.BUG:
        answer["severity"] = card.severity
        answer["expected_behavior"] = card.expected_behavior
        answer["observed_behavior"] = card.observed_behavior
        answer["steps_to_reproduce"] = card.steps_to_reproduce
        answer["action_plan"] = card.action_plan
    if not found and not data.cursor:
        answer["note"] = "Nothing was reported yet. Moves to validation and done take a report."
    return answer


class InSpec(OnObject):
    spec_id: Id
    card_id: Id


class Linked(TypedDict):
    success: bool
    spec_id: str
    card_id: str


@cards.operation(
    needs=linking.NEEDS,
    may_need=WORK_IN,
    writes=True,
    idempotent=True,
    rest="POST specs/<str:spec_id>/link-card/<str:card_id>",
)
def link_card_to_spec(call: BoardCall, data: InSpec) -> Linked:
    """Let a card belong to a spec that is approved or later. Its items and its sprint of the former spec are unlinked.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.linked_to_spec, spec.moved.
    """
    card, spec = linking.link_to(call, data.spec_id, data.card_id)
    return {"success": True, "spec_id": str(spec.pk), "card_id": str(card.pk)}


@people.operation(
    needs=linking.NEEDS, may_need=WORK_IN, writes=True, rest="POST specs/<str:spec_id>/unlink-card/<str:card_id>"
)
def unlink_card_from_spec(call: BoardCall, data: InSpec) -> Linked:
    """Let a card belong to no spec, so that it waits for one. Its items and its sprint are unlinked.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, GATE_BLOCKED.
    Event: card.unlinked_from_spec, spec.moved.
    """
    card, spec = linking.unlink_from(call, data.spec_id, data.card_id)
    return {"success": True, "spec_id": str(spec.pk), "card_id": str(card.pk)}
