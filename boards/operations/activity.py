"""What happened on a board, from its events."""

from pydantic import Field

from boards.call import BoardCall, any_of
from boards.catalog import boards
from boards.inputs import MaybeId, OnObject
from boards.models import Card
from boards.models.entity import LETTERS
from boards.paging import Following, PagedByOffset, page_of
from boards.queries import activity
from boards.queries.activity import Activity


class GetActivity(PagedByOffset, OnObject):
    card_id: MaybeId = ""
    action: str = Field("", max_length=64, description="Exactly this action: card_moved, comment_added, ...")


class ActivityLog(Following):
    """`result` holds what happened, newest first."""

    result: list[Activity]


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
    found, cursor = page_of(events, ("-seq",), data)
    return {"result": activity.rows(found), "next_cursor": cursor}
