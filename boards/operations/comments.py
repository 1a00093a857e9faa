"""Comments on cards, and polls among them."""

from typing import Literal, TypedDict

from pydantic import Field

from boards import commenting, mentions
from boards.archived import demand_live
from boards.call import BoardCall, check_revision
from boards.catalog import PREFIX, boards
from boards.choices import Choice, Options, Said, Selected, chosen, numbered
from boards.commenting import Commented
from boards.inputs import ExpectedVersion, Id, OnObject, Text
from boards.models import Card, Comment, CommentResponse
from boards.paging import Following, Paged, PagedByOffset, PageLimit, page_of
from boards.queries import comments
from boards.queries.comments import CommentItem, Vote
from boards.queries.people import names_of
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import Route

FOREIGN = ("comment.content", "comment.choices", "comment.responses[].free_text")


class Removed(TypedDict):
    success: bool


class CommentList(Following):
    """`result` holds the comments, oldest first."""

    result: list[CommentItem]


class Responses(Following):
    """A poll with a page of its votes; `question` is its text, `response_count` the number of all votes."""

    id: str
    comment_type: str
    question: str
    choices: list[Choice]
    allow_free_text: bool
    responses: list[Vote]
    response_count: int
    revision: int


class AddComment(OnObject):
    card_id: Id
    content: Said


class AddPoll(OnObject):
    card_id: Id
    question: Said
    options: Options
    comment_type: Literal["choice", "multi_choice"] = "choice"
    allow_free_text: bool = False


class OnComment(OnObject):
    comment_id: Id


class Respond(OnComment):
    selected: Selected
    free_text: Text = Field("", description="A text beside the options; alone only where the poll allows it.")


class UpdateComment(OnComment):
    content: Said
    expected_version: ExpectedVersion = None


class ListComments(PagedByOffset, OnObject):
    card_id: Id
    limit: PageLimit = 200


class ReadVotes(Paged, OnComment):
    pass


def _just_the_comment(answer: Commented) -> CommentItem:
    return answer["comment"]


@boards.operation(
    needs="card.comments.create",
    writes=True,
    rest=Route("POST comments/card/<str:card_id>", view=_just_the_comment, status=201),
    untrusted=FOREIGN,
)
def add_comment(call: BoardCall, data: AddComment) -> Commented:
    """Comment on a card. `@name` tells an agent of the board.

    Event: comment.added.
    Errors: VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED (archived), PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    return commenting.add(call, card, Comment(content=data.content), "comment.added", f"{PREFIX}add_comment")


@boards.operation(
    needs="card.comments.create_choice",
    writes=True,
    rest=Route("POST comments/card/<str:card_id>/polls", view=_just_the_comment, status=201),
    untrusted=FOREIGN,
)
def add_choice_comment(call: BoardCall, data: AddPoll) -> Commented:
    """Post a poll on a card: everybody has one vote, for one option (choice) or several (multi_choice).

    Options with commas are sent as a list.

    Event: choice_comment.added.
    Errors: VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED (archived), PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    poll = Comment(
        content=data.question,
        comment_type=data.comment_type,
        choices=numbered(data.options),
        allow_free_text=data.allow_free_text,
    )
    return commenting.add(call, card, poll, "choice_comment.added", f"{PREFIX}add_choice_comment")


@boards.operation(
    needs="card.comments.respond_choice",
    writes=True,
    idempotent=True,
    rest=Route("POST comments/<str:comment_id>/respond", view=_just_the_comment),
    untrusted=FOREIGN,
)
def respond_to_choice(call: BoardCall, data: Respond) -> Commented:
    """Vote in a poll; a second vote replaces your first one. Of a single choice the first id counts.

    Event: choice_comment.answered.
    Errors: VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED (archived), PERMISSION_DENIED.
    """
    poll = commenting.poll(call, data.comment_id, lock=True)
    demand_live(call, poll.entity, f"{PREFIX}respond_to_choice")
    kept = chosen(data.selected, poll.choices, poll.comment_type)
    if not kept and not (poll.allow_free_text and data.free_text.strip()):
        raise Failure(Code.VALIDATION_ERROR, "A vote names at least one option.", field="selected")
    CommentResponse.objects.update_or_create(
        comment=poll,
        responder_id=call.person,
        defaults={
            "responder_name": names_of([call.person])[call.person],
            "selected": kept,
            "free_text": data.free_text,
            "created_at": clock.now(),
        },
    )
    call.tell("choice_comment.answered", poll.entity, comment_id=str(poll.pk))
    return commenting.answer(poll)


@boards.operation(
    needs="card.comments.get_responses",
    rest="GET comments/<str:comment_id>/responses",
    untrusted=("question", "choices", "responses[].free_text"),
)
def get_choice_responses(call: BoardCall, data: ReadVotes) -> Responses:
    """A poll with its options and its votes, the oldest first.

    Errors: VALIDATION_ERROR, NOT_FOUND (also for a comment that is no poll), PERMISSION_DENIED.
    """
    poll = commenting.poll(call, data.comment_id)
    votes = CommentResponse.objects.filter(comment=poll)
    found, cursor = page_of(votes, ("created_at", "pk"), data)
    row = comments.item(poll, [comments.vote(response) for response in found])
    return {
        "id": row["id"],
        "comment_type": row["comment_type"],
        "question": row["content"],
        "choices": row["choices"],
        "allow_free_text": row["allow_free_text"],
        "responses": row["responses"],
        "response_count": votes.count(),
        "revision": row["revision"],
        "next_cursor": cursor,
    }


@boards.operation(
    needs="card.comments.read",
    rest="GET comments/card/<str:card_id>",
    untrusted=("result[].content", "result[].choices", "result[].responses[].free_text"),
)
def list_comments(call: BoardCall, data: ListComments) -> CommentList:
    """The comments of a card, oldest first; polls with their options and votes.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    card = call.entity(Card, data.card_id, "card_id")
    found, cursor = page_of(Comment.objects.filter(entity=card), ("created_at", "pk"), data)
    return {"result": comments.items(found), "next_cursor": cursor}


@boards.operation(
    needs="card.comments.edit",
    writes=True,
    rest=Route("PATCH comments/<str:comment_id>", view=_just_the_comment),
    untrusted=FOREIGN,
)
def update_comment(call: BoardCall, data: UpdateComment) -> Commented:
    """Reword your own comment, or the question of your own poll.

    Event: comment.updated.
    Errors: VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED (archived), VERSION_CONFLICT, PERMISSION_DENIED (not the author).
    """
    comment = commenting.own(call, data.comment_id, f"{PREFIX}update_comment")
    check_revision(data.expected_version, comment.revision, "comment")
    comment.content = data.content
    comment.revision += 1
    comment.updated_at = clock.now()
    comment.save(update_fields=["content", "revision", "updated_at"])
    commenting.note(call, comment, "comment.updated")
    return commenting.answer(comment)


@boards.operation(needs="card.comments.delete", writes=True, destructive=True, rest="DELETE comments/<str:comment_id>")
def delete_comment(call: BoardCall, data: OnComment) -> Removed:
    """Delete your own comment; a poll goes with its votes.

    Event: comment.deleted.
    Errors: VALIDATION_ERROR, NOT_FOUND, GATE_BLOCKED (archived), PERMISSION_DENIED (not the author).
    """
    comment = commenting.own(call, data.comment_id, f"{PREFIX}delete_comment")
    pk = comment.pk
    mentions.forget(pk)
    comment.delete()
    call.tell("comment.deleted", comment.entity, comment_id=str(pk))
    return {"success": True}
