"""What operators do by hand when agents are stuck: deliveries, claims, silent sessions."""

from typing import Annotated, TypedDict

from pydantic import Field

from nexus import handoff_rows, interventions, leases, sessions
from nexus.catalog import catalog
from nexus.models import Handoff, Lane, Workspace
from nexus.workspaces import by_pk
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Fails, Input, NonEmpty, NoInput
from pulse_project.core.operations import OPERATOR_SURFACES
from pulse_project.core.principals import Caller

DeliveryId = Annotated[NonEmpty, Field(max_length=32), Fails(rank=1, message="delivery_id is required.")]


class OneDelivery(Input):
    delivery_id: DeliveryId


class MovedDelivery(TypedDict):
    delivery_id: str
    recipient_agent_id: str
    status: str


@catalog.operation(
    needs="operator.bus", writes=True, surfaces=OPERATOR_SURFACES, toolset="operator",
    rest="POST deliveries/<str:delivery_id>/redeliver",
)
def admin_delivery_redeliver(caller: Caller, data: OneDelivery) -> MovedDelivery:
    """Put a parked or leased delivery back among the unread, with its attempts at zero.

    Event: message.redelivered, for sender and recipient.
    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION.
    """
    return _moved(caller, data.delivery_id, Lane.UNREAD, (Lane.DELIVERED, Lane.PARKED))


@catalog.operation(
    needs="operator.bus", writes=True, surfaces=OPERATOR_SURFACES, toolset="operator",
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


@catalog.operation(
    needs="operator.bus", writes=True, surfaces=OPERATOR_SURFACES, toolset="operator",
    rest="POST deliveries/<str:delivery_id>/extend",
)
def admin_delivery_extend(caller: Caller, data: ExtendDelivery) -> ExtendedDelivery:
    """Give the holder of a leased delivery more time.

    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION.
    """
    lease_us = interventions.extend(interventions.find(data.delivery_id), data.seconds)
    return {"delivery_id": data.delivery_id, "lease_expires_at": clock.iso(lease_us)}


class ReleaseClaim(Input):
    handoff_id: Annotated[NonEmpty, Field(max_length=32), Fails(rank=1, message="handoff_id is required.")]
    reason: str | None = Field(None, max_length=1000, description="Told to those who see the handoff.")


class ReleasedClaim(TypedDict):
    handoff_id: str
    status: str
    was_claimed_by: str | None


@catalog.operation(
    needs="operator.bus", writes=True, surfaces=OPERATOR_SURFACES, toolset="operator",
    rest="POST handoffs/<str:handoff_id>/release",
)
def admin_handoff_release(caller: Caller, data: ReleaseClaim) -> ReleasedClaim:
    """Take a claim away: the handoff is open again, and what its claimant still delivers is refused.

    Event: handoff.released.
    Errors: VALIDATION_ERROR, NOT_FOUND, INVALID_TRANSITION.
    """
    workspace = Handoff.objects.filter(handoff_id=data.handoff_id).values_list("workspace_id", flat=True).first()
    if workspace is None:
        raise Failure(Code.NOT_FOUND, "No such handoff.", field="handoff_id")
    row = handoff_rows.find(data.handoff_id, by_pk(workspace))
    if not leases.reopen(row, "handoff.released", caller=caller, reason=data.reason):
        raise Failure(Code.INVALID_TRANSITION, "Only a claimed handoff can be released.", status=row.status_text)
    return {"handoff_id": row.handoff_id, "status": "OPEN", "was_claimed_by": row.claimed_by}


class Reaped(TypedDict):
    closed: int


@catalog.operation(
    needs="operator.bus", writes=True, surfaces=OPERATOR_SURFACES, rest="POST admin/reap-sessions", toolset="operator"
)
def admin_session_reap(caller: Caller, data: NoInput) -> Reaped:
    """Close sessions that fell silent longer ago than session_reap_seconds, at most 100 in each workspace.

    Event: session.reaped for each.
    """
    return {"closed": sum(sessions.reap(pk, caller) for pk in Workspace.objects.values_list("pk", flat=True))}
