"""What operators do to deliveries by hand: move one between lanes, give its holder time. Inside a write transaction."""

from collections.abc import Collection
from dataclasses import dataclass

from nexus import lanes, letters, log, sql
from nexus.letters import Delivered
from nexus.models import Lane, MessageDelivery
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller

PREFIX = "dlv"

_MOVE = sql.Statement(
    "UPDATE nexus_messagedelivery SET lane = %s, attempts = %s, lease_us = NULL WHERE id = %s AND lane = %s"
)
_EXTEND = sql.Statement("UPDATE nexus_messagedelivery SET lease_us = %s WHERE id = %s AND lane = 1")


@dataclass(frozen=True, slots=True)
class Held:
    """A delivery and whose inbox it is in."""

    recipient: str
    letter: Delivered

    @property
    def lane(self) -> Lane:
        return Lane(self.letter.lane)


def find(delivery_id: str) -> Held:
    """The delivery of a public id. Errors: NOT_FOUND."""
    digits = delivery_id.removeprefix(PREFIX)
    pk = (
        int(digits)
        if delivery_id.startswith(PREFIX) and digits.isascii() and digits.isdigit() and len(digits) < 19
        else 0
    )
    recipient = MessageDelivery.objects.filter(pk=pk).values_list("recipient", flat=True).first()
    if recipient is None:
        raise Failure(Code.NOT_FOUND, "No such delivery.", field="delivery_id")
    return Held(recipient, letters.read([pk])[0])


def move(held: Held, end: Lane, *, allowed: Collection[Lane], caller: Caller) -> None:
    """Put a delivery into `end`; back among the unread it has its five attempts again.

    Event: message.parked or message.redelivered, for sender and recipient. Errors: INVALID_TRANSITION.
    """
    attempts = 0 if end is Lane.UNREAD else held.letter.attempts
    if held.lane not in allowed or sql.change(_MOVE, int(end), attempts, held.letter.pk, int(held.lane)) == 0:
        raise _refused(held, allowed)
    lanes.book(held.recipient, [held.letter], held.lane, end)
    event = "message.parked" if end is Lane.PARKED else "message.redelivered"
    log.emit(
        held.letter.workspace,
        event,
        caller=caller,
        actor="",
        visibility="private",
        concerns=(held.letter.from_agent_id, held.recipient),
        payload={
            "message_id": held.letter.message_id,
            "recipient": held.recipient,
            "attempts": attempts,
            "by": "operator",
        },
    )


def extend(held: Held, seconds: int) -> int:
    """End the lease `seconds` from now; answers that instant. Errors: INVALID_TRANSITION."""
    lease_us = clock.now_us() + seconds * 1_000_000
    if sql.change(_EXTEND, lease_us, held.letter.pk) == 0:
        raise _refused(held, (Lane.DELIVERED,))
    return lease_us


def _refused(held: Held, allowed: Collection[Lane]) -> Failure:
    return Failure(
        Code.INVALID_TRANSITION,
        "The delivery is not in a lane that allows this.",
        lane=str(held.lane.label),
        allowed=[str(lane.label) for lane in allowed],
    )
