"""Comments and polls, as answers show them and as search finds them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NotRequired, TypedDict
from uuid import UUID

from boards import indexing
from boards.choices import Choice
from boards.instants import iso
from boards.models import Comment, CommentResponse


class Vote(TypedDict):
    """One voter's present vote in a poll."""

    responder_id: str
    responder_name: str
    selected: list[str]
    free_text: str


class CommentItem(TypedDict):
    """One comment; a poll has `choices`, `responses` and `allow_free_text` beside."""

    id: str
    content: str
    author_id: str
    comment_type: str
    revision: int
    created_at: str | None
    updated_at: str | None
    choices: NotRequired[list[Choice]]
    responses: NotRequired[list[Vote]]
    allow_free_text: NotRequired[bool]


def vote(response: CommentResponse) -> Vote:
    return {
        "responder_id": response.responder_id,
        "responder_name": response.responder_name,
        "selected": response.selected,
        "free_text": response.free_text,
    }


def item(comment: Comment, votes: list[Vote]) -> CommentItem:
    row: CommentItem = {
        "id": str(comment.pk),
        "content": comment.content,
        "author_id": comment.author_id,
        "comment_type": comment.comment_type,
        "revision": comment.revision,
        "created_at": iso(comment.created_at),
        "updated_at": iso(comment.updated_at),
    }
    if comment.comment_type != Comment.Type.TEXT:
        row |= {"choices": comment.choices, "responses": votes, "allow_free_text": comment.allow_free_text}
    return row


def items(comments: Collection[Comment]) -> list[CommentItem]:
    """Those comments with all votes; one query when there are polls among them."""
    votes: dict[UUID, list[Vote]] = defaultdict(list)
    polls = [comment.pk for comment in comments if comment.comment_type != Comment.Type.TEXT]
    if polls:
        for response in CommentResponse.objects.filter(comment__in=polls).order_by("created_at", "pk"):
            votes[response.comment_id].append(vote(response))
    return [item(comment, votes[comment.pk]) for comment in comments]


def by_entity(pks: Collection[UUID]) -> dict[UUID, list[CommentItem]]:
    """The comments of these cards, oldest first; at most two queries, a key for every card."""
    found: dict[UUID, list[CommentItem]] = {pk: [] for pk in pks}
    comments = list(Comment.objects.filter(entity__in=pks).order_by("created_at", "pk"))
    for comment, row in zip(comments, items(comments), strict=True):
        found[comment.entity_id].append(row)
    return found


@indexing.describes("card", documents=["comment"])
def documents(entity_ids: Collection[UUID]) -> Iterable[indexing.Document]:
    """One document a comment, with the options of a poll."""
    for comment in Comment.objects.filter(entity__in=entity_ids):
        body = "\n".join([comment.content, *(choice["label"] for choice in comment.choices)])
        yield indexing.Document(comment.entity_id, "comment", str(comment.pk), comment.content[:200], body)
