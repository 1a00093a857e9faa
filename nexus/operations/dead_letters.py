"""Events that a subscriber failed to take eight times: deliver them again, or give them up."""

from typing import TypedDict

from nexus.catalog import operators
from pulse_project.core import clock, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Input
from pulse_project.core.models import Delivery
from pulse_project.core.principals import Caller


class OneDeadLetter(Input):
    dead_letter_id: int


class SettledDeadLetter(TypedDict):
    dead_letter_id: int
    subscriber: str
    state: str


@operators.operation(
    needs="operator.bus",
    writes=True,
    rest="POST dead-letters/<int:dead_letter_id>/retry",
)
def admin_dead_letter_retry(caller: Caller, data: OneDeadLetter) -> SettledDeadLetter:
    """Deliver a dead letter again, with its attempts at zero.

    Event: dead_letter.retried.
    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    row = _dead(data.dead_letter_id)
    row.state, row.attempts, row.due_us = Delivery.State.PENDING, 0, clock.now_us()
    row.save(update_fields=["state", "attempts", "due_us"])
    return _told("dead_letter.retried", row, caller, "pending")


@operators.operation(
    needs="operator.bus",
    writes=True,
    destructive=True,
    rest="POST dead-letters/<int:dead_letter_id>/discard",
)
def admin_dead_letter_discard(caller: Caller, data: OneDeadLetter) -> SettledDeadLetter:
    """Give a dead letter up: its subscriber never gets that event.

    Event: dead_letter.discarded.
    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    row = _dead(data.dead_letter_id)
    told = _told("dead_letter.discarded", row, caller, "discarded")
    row.delete()
    return told


def _dead(pk: int) -> Delivery:
    row = Delivery.objects.select_for_update().filter(pk=pk, state=Delivery.State.DEAD).first()
    if row is None:
        raise Failure(Code.NOT_FOUND, "No such dead letter.", field="dead_letter_id")
    return row


def _told(event: str, row: Delivery, caller: Caller, state: str) -> SettledDeadLetter:
    outbox.emit(
        event, caller=caller, entity=("delivery", str(row.pk)), subscriber=row.subscriber, event_seq=row.event_id
    )
    return {"dead_letter_id": int(row.pk), "subscriber": row.subscriber, "state": state}
