"""Taking back a move that somebody made a moment ago."""

from typing import Any

from boards.call import BoardCall
from boards.models import Card
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import DomainEvent
from specs import locks, states
from specs.cards import columns
from specs.cards.moving import Moved
from specs.cards.withdrawal import withdrawn
from specs.models import CardReport

UNDO_MOVE = "okto_pulse_undo_move"
SECONDS = 30
EFFECTS = ("specs_withdrawn", "validation_id")  # of a move that changed more than its card


def undo(call: BoardCall, event_seq: int) -> Moved:
    """Give a card back the status and place that it had before that move. No condition is asked but the move's right.

    Errors: NOT_FOUND, PERMISSION_DENIED (somebody else's move, or its right was lost), GATE_BLOCKED (archived),
    INVALID_TRANSITION with `reason` too_late, changed_since or effects_elsewhere.
    """
    columns.hold(call.board)
    event = DomainEvent.objects.filter(board_id=call.board.pk, seq=event_seq, type="card.moved").first()
    if event is None:
        raise Failure(Code.NOT_FOUND, "No such move.", field="event_seq")
    card = call.entity(Card, event.entity_id, "event_seq", lock=True)
    locks.demand_live(call, card, UNDO_MOVE)
    if event.principal != call.caller.bucket:
        raise Failure(Code.PERMISSION_DENIED, "Only whoever made a move takes it back.", reason="not_your_move")
    call.demand(states.CARD[event.from_status][event.to_status].needs)
    _demand_undoable(event)
    return _restore(call, card, event)


def _demand_undoable(event: DomainEvent) -> None:
    later = DomainEvent.objects.filter(entity_kind="card", entity_id=event.entity_id, seq__gt=event.seq)
    if clock.now_us() - event.created_us > SECONDS * 1_000_000:
        _refuse("too_late", f"A move is taken back within {SECONDS} seconds only. Move the card instead.")
    if any(name in event.payload for name in EFFECTS):
        _refuse("effects_elsewhere", "That move changed more than its card. Move the card instead.")
    if later.exists():
        _refuse("changed_since", "The card was changed since that move. Move the card instead.")


def _refuse(reason: str, message: str) -> None:
    raise Failure(Code.INVALID_TRANSITION, message, reason=reason)


def _restore(call: BoardCall, card: Card, event: DomainEvent) -> Moved:
    before: dict[str, Any] = event.payload["before"]
    start = card.status
    if event.from_status == "cancelled":
        withdrawn(call, [card])
    card.status, card.rank = event.from_status, before["rank"]
    card.started_at = clock.from_us(before["started_us"]) if before["started_us"] is not None else None
    card.completed_at = clock.from_us(before["completed_us"]) if before["completed_us"] is not None else None
    call.save(card, "status", "rank", "started_at", "completed_at")
    report = event.payload.get("report")
    if report:
        CardReport.objects.filter(pk=report["id"], card=card).update(withdrawn_at=clock.now())
    told = call.tell(
        "card.move_undone",
        card,
        moved=(start, card.status),
        reindexes=False,
        undone_seq=event.seq,
        **({"withdrawn_report_id": report["id"]} if report else {}),
    )
    return Moved(card, told)
