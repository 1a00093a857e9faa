"""An agent's inbox: lanes of deliveries, leases, history."""

from collections import defaultdict
from typing import Annotated, Literal, TypedDict

from pydantic import AfterValidator, Field

from nexus import cursors, lanes, letters, log, mailbox, posting, seen, trust
from nexus.catalog import catalog
from nexus.fields import AgentId, MaybeText, PublicId, SessionId, SessionSecret
from nexus.letters import Delivered, Detail, InboxMessage
from nexus.models import Message
from pulse_project.core import clock, conf
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Input
from pulse_project.core.principals import IDENTITY, Caller

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
SHORTEST_LEASE, LONGEST_LEASE = 10, 3600
MAX_IDS = 1000
FOREIGN = ("messages[].subject", "messages[].body", "messages[].body_preview")

Limit = Annotated[int | None, Field(ge=1, description="Deliveries per call, 50 by default; above 200 counts as 200.")]
DetailField = Annotated[Detail, Field(description="summary: preview and size of the body instead of the body.")]


def _one_or_more(ids: "str | list[str]") -> "str | list[str]":
    if not ids or (isinstance(ids, list) and len(ids) > MAX_IDS):
        raise ValueError(f"takes one id or a list of 1 to {MAX_IDS}")
    return ids


MessageIds = Annotated[
    PublicId | list[PublicId],
    AfterValidator(_one_or_more),
    Field(description="One message_id, or a list of them."),
]


class InboxPage(TypedDict):
    messages: list[InboxMessage]
    count: int


class HistoryPage(TypedDict):
    messages: list[InboxMessage]
    next_cursor: str | None
    has_more: bool


class Acknowledged(TypedDict):
    acknowledged: int
    read_message_ids: list[str]


class Extended(TypedDict):
    extended: int
    lease_expires_at: str | None


class LaneSizes(TypedDict):
    unread: int
    in_flight: int
    read: int


def _limit(limit: int | None) -> int:
    return min(limit or DEFAULT_LIMIT, MAX_LIMIT)


def _lease(seconds: int | None) -> int:
    """When a lease of that many seconds ends; the clamp binds what callers ask for, not the setting behind None."""
    if seconds is None:
        length = conf.current().inbox_lease_ttl_seconds
    else:
        length = min(max(seconds, SHORTEST_LEASE), LONGEST_LEASE)
    return clock.now_us() + length * 1_000_000


def _ids(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(dict.fromkeys(given))


class Pull(Input):
    agent_id: AgentId
    limit: Limit = None
    lease_seconds: int | None = Field(None, description="How long you hold what you pull; 10 to 3600 seconds.")
    detail: DetailField = "full"
    session_id: SessionId = None
    session_secret: SessionSecret = None


@catalog.operation(needs=IDENTITY, writes=True, guard=trust.guard, untrusted=FOREIGN)
def inbox_pull(caller: Caller, data: Pull) -> InboxPage:
    """Lease your waiting messages and read them. Acknowledge each with inbox_ack, or it comes back after the lease.

    A message returned five times without acknowledgement is parked at the sixth pull, where it still uses up one of
    `limit`.
    Events: message.delivered, message.redelivered, message.parked (each for sender and recipient only).
    Errors: VALIDATION_ERROR, NOT_FOUND, NOT_OWNER.
    """
    claimed = lanes.pull(data.agent_id, limit=_limit(data.limit), lease_us=_lease(data.lease_seconds))
    for one in claimed.messages:
        _tell(caller, data.agent_id, one, "message.redelivered" if one.pk in claimed.returning else "message.delivered")
    for one in claimed.parked:
        _tell(caller, data.agent_id, one, "message.parked")
    seen.stamp(caller, data.agent_id)
    cutoff = letters.cutoff_us()
    messages = [letters.item(one, cutoff, data.detail) for one in claimed.messages]
    return {"messages": messages, "count": len(messages)}


def _tell(caller: Caller, agent_id: str, one: Delivered, event: str) -> None:
    """Report a step of a delivery to the sender. What the bus itself wrote is not reported."""
    if one.is_plain:
        log.emit(
            one.workspace,
            event,
            caller=caller,
            actor=agent_id,
            visibility="private",
            concerns=(one.from_agent_id,),
            payload={"message_id": one.message_id, "recipient": agent_id, "attempts": one.attempts},
        )


class Ack(Input):
    agent_id: AgentId
    message_ids: MessageIds
    session_id: SessionId = None
    session_secret: SessionSecret = None


@catalog.operation(needs=IDENTITY, writes=True, idempotent=True, guard=trust.guard)
def inbox_ack(caller: Caller, data: Ack) -> Acknowledged:
    """Move messages to your history, whether you pulled them or not. Repeating it changes nothing.

    Event: message.read (for the sender). The setting inbox_read_receipts adds a receipt by message.
    Errors: VALIDATION_ERROR, NOT_FOUND, NOT_OWNER.
    """
    settled = lanes.settle(data.agent_id, _ids(data.message_ids))
    for one in settled:
        _tell(caller, data.agent_id, one, "message.read")
    if conf.current().inbox_read_receipts:
        _send_receipts(caller, data.agent_id, settled)
    seen.stamp(caller, data.agent_id)
    return {"acknowledged": len(settled), "read_message_ids": [one.message_id for one in settled]}


def _send_receipts(caller: Caller, agent_id: str, settled: list[Delivered]) -> None:
    """One receipt per sender and workspace; receipts and notices have none, nor have full inboxes."""
    groups: dict[tuple[str, int], list[Delivered]] = defaultdict(list)
    for one in settled:
        if one.is_plain and one.from_agent_id != agent_id:
            groups[one.from_agent_id, one.workspace].append(one)
    reachable = mailbox.reachable({sender for sender, _ in groups})
    for (sender, workspace), read in sorted(groups.items()):
        if sender in reachable:
            posting.notify(
                sender,
                workspace=workspace,
                sender=agent_id,
                subject="Read receipt",
                caller=caller,
                kind=Message.Kind.RECEIPT,
                body={
                    "kind": "message.read_receipt",
                    "read_by": agent_id,
                    "read_at": clock.iso(read[0].read_us),
                    "message_ids": [one.message_id for one in read],
                    "subjects": [one.subject for one in read],
                },
            )


class Extend(Input):
    agent_id: AgentId
    message_ids: MessageIds
    extend_seconds: int = Field(description="The new lease, from now; 10 to 3600 seconds.")
    session_id: SessionId = None
    session_secret: SessionSecret = None


@catalog.operation(needs=IDENTITY, writes=True, guard=trust.guard)
def inbox_extend(caller: Caller, data: Extend) -> Extended:
    """Renew the lease of messages that you pulled and still work on: all of them or none.

    Errors: VALIDATION_ERROR (details.reasons by message), NOT_FOUND, NOT_OWNER.
    """
    lease_us = _lease(data.extend_seconds)
    extended = lanes.extend(data.agent_id, _ids(data.message_ids), lease_us=lease_us)
    seen.stamp(caller, data.agent_id)
    return {"extended": extended, "lease_expires_at": clock.iso(lease_us)}


class Peek(Input):
    agent_id: AgentId
    limit: Limit = None
    include_parked: bool = Field(False, description="Also show messages that were returned five times in vain.")
    include_bodies: bool = Field(False, description="Bodies instead of previews.")
    detail: Literal["summary", "full"] | None = Field(None, description="full equals include_bodies.")


@catalog.operation(needs=IDENTITY, untrusted=FOREIGN)
def inbox_peek(caller: Caller, data: Peek) -> InboxPage:
    """Look at what waits in an inbox without leasing or moving anything.

    Errors: VALIDATION_ERROR, NOT_OWNER, PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    detail: Detail = data.detail or ("full" if data.include_bodies else "summary")
    cutoff = letters.cutoff_us()
    found = mailbox.pending(data.agent_id, limit=_limit(data.limit), include_parked=data.include_parked)
    messages = [letters.item(one, cutoff, detail) for one in found]
    return {"messages": messages, "count": len(messages)}


class Count(Input):
    agent_id: AgentId


@catalog.operation(needs=IDENTITY)
def inbox_count(caller: Caller, data: Count) -> LaneSizes:
    """Sizes of your inbox lanes: the cheap look between turns. A lapsed lease counts as unread.

    Errors: VALIDATION_ERROR, NOT_OWNER, PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    unread, in_flight, read = mailbox.sizes(data.agent_id, letters.cutoff_us())
    return {"unread": unread, "in_flight": in_flight, "read": read}


class History(Input):
    agent_id: AgentId
    cursor: MaybeText = Field(None, description="next_cursor of the page before, unchanged.")
    limit: Limit = None
    detail: DetailField = "full"


@catalog.operation(needs=IDENTITY, untrusted=FOREIGN)
def inbox_history(caller: Caller, data: History) -> HistoryPage:
    """What you acknowledged, newest first, page by page; acknowledgements between two pages shift nothing.

    Errors: VALIDATION_ERROR, NOT_OWNER, PERMISSION_DENIED.
    """
    trust.bind(caller, data.agent_id)
    scope = f"inbox_history\n{caller.bucket}\n{data.agent_id}"
    before = cursors.unseal(scope, data.cursor) if data.cursor is not None else None
    if before is not None and len(before) != 2:
        raise Failure(Code.VALIDATION_ERROR, "cursor is not one of this list.", field="cursor")
    limit = _limit(data.limit)
    found = mailbox.history(data.agent_id, before=before, limit=limit + 1)
    page, has_more = found[:limit], len(found) > limit
    next_cursor = cursors.seal(scope, page[-1].read_us or 0, page[-1].pk) if has_more else None
    messages = [letters.item(one, 0, data.detail) for one in page]
    return {"messages": messages, "next_cursor": next_cursor, "has_more": has_more}
