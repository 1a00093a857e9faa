"""What happened on a board, from its events."""

from typing import Annotated, TypedDict

from pydantic import Field

from boards.call import BoardCall, any_of
from boards.catalog import boards
from boards.inputs import Limit, MaybeId, Offset, OnObject
from boards.models import Card
from boards.models.entity import LETTERS
from boards.queries import activity
from boards.queries.activity import Activity
from pulse_project.core.errors import Code, Failure

MAX_DIGITS = 18


class GetActivity(OnObject):
    card_id: MaybeId = ""
    action: str = Field("", max_length=64, description="Exactly this action: card_moved, comment_added, ...")
    limit: Limit = 50
    offset: Offset = 0
    cursor: Annotated[str, Field(max_length=40, description="The `id` of the last row you have: what is older.")] = ""


class ActivityLog(TypedDict):
    """`result` holds what happened, newest first; `next_cursor` is null when nothing is older."""

    result: list[Activity]
    next_cursor: str | None


@boards.operation(
    needs=any_of("board.activity_read", "card.activity_read"),
    rest=("GET boards/<str:board_id>/activity", "GET cards/<str:card_id>/activity"),
    untrusted=("result[].details",),
)
def get_activity_log(call: BoardCall, data: GetActivity) -> ActivityLog:
    """What happened on the board, or to one card, newest first. Objects that you may not read are left out.

    `details` names the fields of a change and the statuses of a move; the history of an object has old and new values.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    if not data.card_id:
        call.demand("board.activity_read")
    readable = [kind for kind in LETTERS if call.holds(f"{kind}.entity.read")]
    events = activity.events_of(call.board, readable)
    if data.card_id:
        card = call.entity(Card, data.card_id, "card_id")
        events = events.filter(entity_kind="card", entity_id=str(card.pk))
    if data.action:
        events = events.filter(type__in=activity.types_of(data.action))
    offset = data.offset
    if data.cursor:
        events, offset = events.filter(seq__lt=_number(data.cursor)), 0
    found = list(events.order_by("-seq")[offset : offset + data.limit + 1])
    shown = found[: data.limit]
    return {
        "result": activity.rows(shown),
        "next_cursor": str(shown[-1].seq) if len(found) > data.limit else None,
    }


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= MAX_DIGITS):
        raise Failure(Code.VALIDATION_ERROR, "cursor takes the id of a row.", field="cursor")
    return int(cursor)
