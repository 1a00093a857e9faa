"""Writing comments: what every operation that leaves one on a card does."""

from typing import TypedDict

from boards import mentions
from boards.archived import demand_live
from boards.call import BoardCall
from boards.location import not_found
from boards.models import Card, Comment
from boards.queries import comments
from boards.queries.comments import CommentItem
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure


class Commented(TypedDict):
    success: bool
    comment: CommentItem


def add(call: BoardCall, card: Card, comment: Comment, event: str, operation: str) -> Commented:
    """Store a new comment on a card in the caller's name and tell it. Errors: GATE_BLOCKED (archived)."""
    demand_live(call, card, operation)
    now = clock.now()
    comment.entity, comment.author_id, comment.created_at, comment.updated_at = card, call.person, now, now
    comment.save(force_insert=True)
    note(call, comment, event)
    return answer(comment)


def note(call: BoardCall, comment: Comment, event: str) -> None:
    """Whom a new or changed comment names, and its event."""
    text = "\n".join([comment.content, *(choice["label"] for choice in comment.choices)])
    mentions.record(call, comment.entity, mentions.COMMENT, comment.pk, text)
    call.tell(event, comment.entity, comment_id=str(comment.pk), comment_type=comment.comment_type)


def answer(comment: Comment) -> Commented:
    (row,) = comments.items([comment])
    return {"success": True, "comment": row}


def poll(call: BoardCall, comment_id: str, *, lock: bool = False) -> Comment:
    """Errors: NOT_FOUND, also for a comment that is no poll."""
    comment = call.child(Comment, comment_id, "comment_id", lock=lock)
    if comment.comment_type == Comment.Type.TEXT:
        raise not_found("poll", "comment_id")
    return comment


def own(call: BoardCall, comment_id: str, operation: str) -> Comment:
    """The caller's own comment, locked. Errors: NOT_FOUND, PERMISSION_DENIED (somebody else's), GATE_BLOCKED."""
    comment = call.child(Comment, comment_id, "comment_id", lock=True)
    if comment.author_id != call.person:
        raise Failure(Code.PERMISSION_DENIED, "Only its author changes or deletes a comment.", reason="not_author")
    demand_live(call, comment.entity, operation)
    return comment
