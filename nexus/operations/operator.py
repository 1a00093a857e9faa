"""What operators do by hand when agents are stuck: deliveries, claims, silent sessions."""

from typing import Annotated, TypedDict

from pydantic import Field

from nexus import handoff_rows, handoffs, interventions, sessions, workspaces
from nexus.catalog import operators
from nexus.handoff_rows import HandoffRow
from nexus.models import Handoff, Lane, Workspace
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Fails, Input, NoInput, NonEmpty
from pulse_project.core.principals import Caller

DeliveryId = Annotated[NonEmpty, Field(max_length=32), Fails(rank=1, message="delivery_id is required.")]


class OneDelivery(Input):
    delivery_id: DeliveryId


class MovedDelivery(TypedDict):
    delivery_id: str
    recipient_agent_id: str
    status: str


@operators.operation(
    needs="operator.bus",
    writes=True,
    rest="POST deliveries/<str:delivery_id>/redeliver",
)
def admin_delivery_redeliver(caller: Caller, data: OneDelivery) -> MovedDelivery:
    """Put a parked or leased delivery back among the unread, with its attempts at zero.

    Event: message.redelivered, for sender and recipient.
    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION.
    """
    return _moved(caller, data.delivery_id, Lane.UNREAD, (Lane.DELIVERED, Lane.PARKED))


@operators.operation(
    needs="operator.bus",
    writes=True,
    rest="POST deliveries/<str:delivery_id>/park",
)
def admin_delivery_park(caller: Caller, data: OneDelivery) -> MovedDelivery:
    """Take an unread or leased delivery out of circulation until somebody redelivers it.

    Event: message.parked, for sender and recipient.
    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION.
    """
    return _moved(caller, data.delivery_id, Lane.PARKED, (Lane.UNREAD, Lane.DELIVERED))


def _moved(caller: Caller, delivery_id: str, end: Lane, allowed: tuple[Lane, ...]) -> MovedDelivery:
    held = interventions.find(delivery_id)
    interventions.move(held, end, allowed=allowed, caller=caller)
    return {"delivery_id": delivery_id, "recipient_agent_id": held.recipient, "status": str(end.label)}


class ExtendDelivery(Input):
    delivery_id: DeliveryId
    seconds: int = Field(ge=1, le=86_400, description="The new lease, from now.")


class ExtendedDelivery(TypedDict):
    delivery_id: str
    lease_expires_at: str | None


@operators.operation(
    needs="operator.bus",
    writes=True,
    rest="POST deliveries/<str:delivery_id>/extend",
)
def admin_delivery_extend(caller: Caller, data: ExtendDelivery) -> ExtendedDelivery:
    """Give the holder of a leased delivery more time.

    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION.
    """
    lease_us = interventions.extend(interventions.find(data.delivery_id), data.seconds)
    return {"delivery_id": data.delivery_id, "lease_expires_at": clock.iso(lease_us)}


HandoffId = Annotated[NonEmpty, Field(max_length=32), Fails(rank=1, message="handoff_id is required.")]
Reason = Annotated[str | None, Field(max_length=1000, description="Told to those who see the handoff.")]


class StuckHandoff(Input):
    handoff_id: HandoffId
    workspace: str | None = Field(None, description="Checked when given.")
    reason: Reason = None


class ChangedHandoff(TypedDict):
    handoff_id: str
    status: str
    was_claimed_by: str | None


@operators.operation(
    needs="operator.bus",
    writes=True,
    destructive=True,
    rest="POST handoffs/<str:handoff_id>/cancel",
)
def admin_handoff_cancel(caller: Caller, data: StuckHandoff) -> ChangedHandoff:
    """Call off an open or claimed handoff; a claim is taken back first. What is over stays as it is.

    Event: handoff.cancelled; handoff.released before it where there was a claim.
    Errors: VALIDATION_ERROR, NOT_FOUND, WORKSPACE_MISMATCH, INVALID_TRANSITION.
    """
    row = _handoff(data)
    handoffs.cancel_as_operator(row, data.reason, caller)
    return {"handoff_id": row.handoff_id, "status": "CANCELLED", "was_claimed_by": row.claimed_by}


@operators.operation(
    needs="operator.bus",
    writes=True,
    rest="POST handoffs/<str:handoff_id>/release",
)
def admin_handoff_release(caller: Caller, data: StuckHandoff) -> ChangedHandoff:
    """Take a claim away: the handoff is open again, and what its claimant still delivers is refused.

    Event: handoff.released.
    Errors: VALIDATION_ERROR, NOT_FOUND, WORKSPACE_MISMATCH, INVALID_TRANSITION.
    """
    row = _handoff(data)
    handoffs.release(row, data.reason, caller)
    return {"handoff_id": row.handoff_id, "status": "OPEN", "was_claimed_by": row.claimed_by}


def _handoff(data: StuckHandoff) -> HandoffRow:
    home = Handoff.objects.filter(handoff_id=data.handoff_id).values_list("workspace_id", flat=True).first()
    if home is None:
        raise Failure(Code.NOT_FOUND, "No such handoff.", field="handoff_id")
    workspace = workspaces.by_pk(home)
    if data.workspace is not None and data.workspace != workspace.workspace_id:
        raise Failure(Code.WORKSPACE_MISMATCH, "That handoff belongs to another workspace.", field="workspace")
    return handoff_rows.find(data.handoff_id, workspace)


class OneSession(Input):
    session_id: Annotated[NonEmpty, Field(max_length=32), Fails(rank=1, message="session_id is required.")]


class EndedSession(TypedDict):
    session_id: str
    status: str
    closed_at: str | None


@operators.operation(
    needs="operator.bus",
    writes=True,
    idempotent=True,
    destructive=True,
    rest="POST sessions/<str:session_id>/close",
)
def admin_session_close(caller: Caller, data: OneSession) -> EndedSession:
    """Close anybody's session; its secret opens nothing any more. Closing it again answers the same.

    Event: session.closed, the first time.
    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    session = sessions.find(data.session_id, None)
    session = sessions.close(session, caller, reason="operator")
    return {"session_id": session.session_id, "status": "closed", "closed_at": clock.iso(session.closed_us)}


class Reaped(TypedDict):
    closed: int


@operators.operation(
    needs="operator.bus",
    writes=True,
    rest="POST admin/reap-sessions",
)
def admin_session_reap(caller: Caller, data: NoInput) -> Reaped:
    """Close sessions that fell silent longer ago than session_reap_seconds, at most 100 in each workspace.

    Event: session.reaped for each.
    """
    return {"closed": sum(sessions.reap(pk, caller) for pk in Workspace.objects.values_list("pk", flat=True))}
