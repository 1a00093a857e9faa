"""Sending messages, and what became of them."""

from functools import cached_property
from typing import Any, NotRequired, TypedDict

from pydantic import Field

from nexus import letters, limits, log, posting, recipients, seen, sql, targets, trust, workspaces
from nexus.catalog import catalog
from nexus.fields import AgentId, FilledText, MaybeId, ProjectRoot, PublicId, SessionId, SessionSecret
from nexus.posting import Letter, Posted
from nexus.recipients import Recipients
from nexus.targets import Strategy, Target
from nexus.workspaces import WorkspaceRef
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import after
from pulse_project.core.inputs import Input
from pulse_project.core.principals import IDENTITY, Caller, Kind

DIRECT, BROADCAST, CHANNEL = "messages.send_direct", "messages.send_broadcast", "messages.send_channel"
SUBJECT_IN_EVENT = 200
MAX_ARTIFACTS = 100

_CHANNEL = sql.Statement("SELECT id FROM nexus_channel WHERE channel_id = %s AND workspace_id = %s")
_PARENT = sql.Statement("SELECT id, channel_id FROM nexus_message WHERE message_id = %s AND workspace_id = %s")
_SENT = sql.Statement("SELECT id, from_agent_id FROM nexus_message WHERE message_id = %s")
_DELIVERIES = sql.Statement(
    "SELECT recipient, lane, attempts, read_us, lease_us FROM nexus_messagedelivery WHERE message_id = %s"
    " ORDER BY recipient"
)


class NewMessage(Input):
    project_root: ProjectRoot
    from_agent_id: AgentId
    subject: FilledText
    body: FilledText
    channel_id: MaybeId = Field(
        None, description="Label to file the message under; it decides nothing about who receives it."
    )
    from_session_id: SessionId = None
    target: Any = Field(
        None, description='Who receives it, e.g. {"strategy": "direct", "agent_id": "bob"}; absent = broadcast.'
    )
    artifacts: list[PublicId] | None = Field(None, max_length=MAX_ARTIFACTS, description="Ids of artifacts.")
    parent_message_id: MaybeId = Field(None, description="The message that this one answers.")
    session_secret: SessionSecret = None

    @cached_property
    def parsed_target(self) -> Target:
        return targets.parse(self.target)


class SentMessage(TypedDict):
    message_id: str
    workspace_id: str
    channel_id: str | None
    from_agent_id: str
    from_session_id: str | None
    target: Any
    subject: str
    body: str
    artifacts: list[str] | None
    parent_message_id: str | None
    created_at: str | None
    event_id: int
    recipients: list[str]
    delivered_count: int
    warning: NotRequired[str]
    excluded_stale: NotRequired[list[str]]
    excluded_full: NotRequired[list[str]]
    excluded_peers: NotRequired[list[str]]
    workspace_created: NotRequired[bool]


def _flags(_caller: Caller, data: NewMessage) -> list[str]:
    flags = [DIRECT if data.parsed_target.names_agents_only else BROADCAST]
    return [*flags, CHANNEL] if data.channel_id else flags


@catalog.operation(
    needs=_flags,
    may_need=(DIRECT, BROADCAST, CHANNEL),
    writes=True,
    before=workspaces.look_ahead,
    untrusted=("subject", "body"),
)
def message_create(caller: Caller, data: NewMessage) -> SentMessage:
    """Send a message into the inboxes of its target's agents.

    direct reaches one registered agent anywhere; capability, role and mixed reach every registered agent that matches;
    no target reaches the agents present in this workspace. The sender of a group message does not receive it.
    Event: message.created.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, CONTENT_TOO_LARGE, NOT_FOUND (channel, parent,
    session, direct target), NOT_OWNER, PERMISSION_DENIED, RATE_LIMITED.
    """
    _check(caller, data)
    workspace, is_new = workspaces.ensure(data.project_root, caller)
    channel = _channel(data.channel_id, workspace)
    parent = _parent(data.parent_message_id, channel, workspace)
    found = recipients.resolve(data.parsed_target, sender=data.from_agent_id, workspace=workspace.pk, caller=caller)
    limits.spend_message(caller)
    given = targets.as_object(data.target) if not targets.is_blank(data.target) else None
    letter = Letter(
        workspace.pk,
        data.from_agent_id,
        data.subject,
        data.body,
        channel=channel,
        parent=parent,
        from_session_id=data.from_session_id,
        target=posting.target_text(given),
        artifacts=None if data.artifacts is None else limits.json_text(data.artifacts, "artifacts"),
    )
    posted = posting.post(letter, found.agents, caller=caller)
    if data.parsed_target.strategy is Strategy.DIRECT:
        limits.check_room(posted.fullest)
    pending = log.emit(
        workspace.pk,
        "message.created",
        caller=caller,
        actor=data.from_agent_id,
        visibility="public" if given is None else "eligible",
        target=data.parsed_target,
        payload=_payload(data, posted),
    )
    seen.stamp(caller, data.from_agent_id)
    return after(lambda: _sent(data, given, workspace, posted, found, pending.seq, is_new))


def _check(caller: Caller, data: NewMessage) -> None:
    """What can be refused before anything is looked up; the credentials come last."""
    limits.check_inline(data.subject, "subject")
    limits.check_inline(data.body, "body")
    recipients.check_sendable(data.parsed_target)
    trust.bind(caller, data.from_agent_id)
    trust.check_session(data.from_agent_id, data.from_session_id, data.session_secret)
    if data.from_session_id is not None and data.session_secret is None:
        trust.check_owner(data.from_agent_id, data.from_session_id)


def _channel(channel_id: str | None, workspace: WorkspaceRef) -> int | None:
    if channel_id is None:
        return None
    row = sql.row(_CHANNEL, channel_id, workspace.pk)
    if row is None:
        raise Failure(Code.NOT_FOUND, "No such channel in this workspace. channel_list names them.", field="channel_id")
    return int(row[0])


def _parent(message_id: str | None, channel: int | None, workspace: WorkspaceRef) -> int | None:
    if message_id is None:
        return None
    row = sql.row(_PARENT, message_id, workspace.pk)
    if row is None or (channel is not None and row[1] != channel):
        raise Failure(
            Code.NOT_FOUND, "No such parent message in this workspace and channel.", field="parent_message_id"
        )
    return int(row[0])


def _payload(data: NewMessage, posted: Posted) -> dict[str, Any]:
    """What observers learn; recipients, target and body stay in the message."""
    payload: dict[str, Any] = {"message_id": posted.message_id, "subject": data.subject[:SUBJECT_IN_EVENT]}
    if data.channel_id is not None:
        payload["channel_id"] = data.channel_id
    if data.parent_message_id is not None:
        payload["parent_message_id"] = data.parent_message_id
    return payload


def _sent(  # noqa: PLR0913 - gathers what one call produced
    data: NewMessage,
    given: Any,
    workspace: WorkspaceRef,
    posted: Posted,
    found: Recipients,
    event_id: int,
    is_new: bool,
) -> SentMessage:
    answer: SentMessage = {
        "message_id": posted.message_id,
        "workspace_id": workspace.workspace_id,
        "channel_id": data.channel_id,
        "from_agent_id": data.from_agent_id,
        "from_session_id": data.from_session_id,
        "target": given,
        "subject": data.subject,
        "body": data.body,
        "artifacts": data.artifacts,
        "parent_message_id": data.parent_message_id,
        "created_at": clock.iso(posted.created_us),
        "event_id": event_id,
        "recipients": list(found.agents),
        "delivered_count": len(found.agents),
    }
    if found.warning:
        answer["warning"] = found.warning
    if found.stale:
        answer["excluded_stale"] = list(found.stale)
    if found.full:
        answer["excluded_full"] = list(found.full)
    if found.barred:
        answer["excluded_peers"] = list(found.barred)
    if is_new:
        answer["workspace_created"] = True
    return answer


class DeliveryStatus(TypedDict):
    recipient: str
    status: str
    attempts: int
    read_at: str | None


class MessageStatus(TypedDict):
    message_id: str
    deliveries: list[DeliveryStatus]
    count: int


class OneMessage(Input):
    message_id: PublicId


@catalog.operation(needs=IDENTITY)
def message_status(caller: Caller, data: OneMessage) -> MessageStatus:
    """Where a message that you sent stands with each recipient, instead of sending it again.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    """
    row = sql.row(_SENT, data.message_id)
    if row is None or not _may_follow(caller, row[1]):
        raise Failure(Code.NOT_FOUND, "No such message.", field="message_id")
    cutoff = letters.cutoff_us()
    deliveries: list[DeliveryStatus] = [
        {
            "recipient": recipient,
            "status": letters.lane_label(lane, lease_us, cutoff),
            "attempts": attempts,
            "read_at": clock.iso(read_us),
        }
        for recipient, lane, attempts, read_us, lease_us in sql.rows(_DELIVERIES, row[0])
    ]
    return {"message_id": data.message_id, "deliveries": deliveries, "count": len(deliveries)}


def _may_follow(caller: Caller, sender: str) -> bool:
    """In strict mode a key follows its own agent's messages only."""
    return not trust.is_strict() or caller.kind is not Kind.AGENT or caller.agent_id == sender
