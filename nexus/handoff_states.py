"""The state machine of a handoff: who may move it where. No database, no transport."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from pulse_project.core.errors import Code, Failure


class Status(StrEnum):
    """Stored states. IN_PROGRESS, BLOCKED and EXPIRED are reserved names without producer."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class Verb(StrEnum):
    """What moves a handoff. EXPIRE is the lapse of a lease, found at the next access."""

    CLAIM = "claim"
    COMPLETE = "complete"
    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"


TERMINAL = frozenset({Status.COMPLETED, Status.REJECTED, Status.CANCELLED})

TRANSITIONS: Mapping[tuple[Status, Verb], Status] = MappingProxyType(
    {
        (Status.OPEN, Verb.CLAIM): Status.CLAIMED,
        (Status.OPEN, Verb.REJECT): Status.REJECTED,
        (Status.OPEN, Verb.CANCEL): Status.CANCELLED,
        (Status.CLAIMED, Verb.COMPLETE): Status.COMPLETED,
        (Status.CLAIMED, Verb.REJECT): Status.REJECTED,
        (Status.CLAIMED, Verb.EXPIRE): Status.OPEN,
    }
)

_WHY: Mapping[Verb, str] = MappingProxyType(
    {
        Verb.CLAIM: "Only an open handoff can be claimed.",
        Verb.COMPLETE: "Only a claimed handoff can be completed.",
        Verb.REJECT: "Only an open or claimed handoff can be rejected.",
        Verb.CANCEL: "Only an open handoff can be cancelled; a claimed one by its claimant or once its lease runs out.",
        Verb.EXPIRE: "Only a claimed handoff has a lease.",
    }
)


def next_status(status: Status, verb: Verb) -> Status:
    """The state after `verb`, or INVALID_TRANSITION with `details.status`."""
    try:
        return TRANSITIONS[status, verb]
    except KeyError:
        raise Failure(Code.INVALID_TRANSITION, _WHY[verb], status=status.value, verb=verb.value) from None


def check_complete(*, status: Status, claimed_by: str | None, agent_id: str) -> Status:
    """State first, then owner: the order that the published errors imply."""
    after = next_status(status, Verb.COMPLETE)
    if claimed_by != agent_id:
        raise Failure(Code.NOT_OWNER, "Only the agent that holds the claim can complete a handoff.")
    return after


def check_reject(*, status: Status, claimed_by: str | None, direct_target: str | None, agent_id: str) -> Status:
    """The claim's holder rejects a claimed handoff, the direct target an open one."""
    after = next_status(status, Verb.REJECT)
    entitled = claimed_by if status is Status.CLAIMED else direct_target
    if entitled != agent_id:
        raise Failure(
            Code.NOT_OWNER, "Only the claim's holder, or the direct target of an open handoff, can reject it."
        )
    return after


def check_cancel(*, status: Status, creator: str, agent_id: str) -> Status:
    """Creator first, then state."""
    if creator != agent_id:
        raise Failure(Code.NOT_OWNER, "Only the agent that created a handoff can cancel it.")
    return next_status(status, Verb.CANCEL)
