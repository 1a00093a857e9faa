"""Putting a message into inboxes: the rows and every counter that goes with them, in the caller's transaction."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nexus import jsontext, limits, sql
from nexus.ids import ordered_id
from nexus.models import Message
from pulse_project.core import clock
from pulse_project.core.principals import Caller

HOUR_US = 3600 * 1_000_000

_MESSAGE = sql.Statement(
    "INSERT INTO nexus_message (message_id, workspace_id, kind, channel_id, parent_id, from_agent_id, actor_key_agent,"
    " via, from_session_id, target, subject, body, artifacts, recipient_count, created_us)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
_DELIVERY = sql.Statement(
    "INSERT INTO nexus_messagedelivery (message_id, recipient, lane, attempts) VALUES (%s, %s, 0, 0)"
)
_LANE = sql.Statement(
    "INSERT INTO nexus_lanecount (agent_id, unread, delivered, read, parked) VALUES (%s, 1, 0, 0, 0)"
    " ON CONFLICT (agent_id) DO UPDATE SET unread = nexus_lanecount.unread + 1"
)
_EDGE = sql.Statement(
    "INSERT INTO nexus_messageedge (workspace_id, hour, from_agent_id, to_agent_id, message_count, last_us)"
    " VALUES (%s, %s, %s, %s, 1, %s) ON CONFLICT (hour, workspace_id, from_agent_id, to_agent_id)"
    " DO UPDATE SET message_count = nexus_messageedge.message_count + 1, last_us = excluded.last_us"
)
_PAIR = sql.Statement(
    "INSERT INTO nexus_messagepair (workspace_id, from_agent_id, to_agent_id, message_count, unread, delivered,"
    " last_us) VALUES (%s, %s, %s, 1, 1, 0, %s) ON CONFLICT (from_agent_id, to_agent_id, workspace_id)"
    " DO UPDATE SET message_count = nexus_messagepair.message_count + 1, unread = nexus_messagepair.unread + 1,"
    " last_us = excluded.last_us"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before it is stored. `target` and `artifacts` are the texts that the row keeps."""

    workspace: int
    from_agent_id: str
    subject: str
    body: str
    kind: Message.Kind = Message.Kind.MESSAGE
    channel: int | None = None
    parent: int | None = None
    from_session_id: str | None = None
    target: str | None = None
    artifacts: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What the store made of a letter."""

    message_id: str
    created_us: int


def post(letter: Letter, recipients: Collection[str], *, caller: Caller) -> Posted:
    """Store `letter` once and one unread delivery per recipient; inside a write transaction."""
    now_us = clock.now_us()
    message_id = ordered_id("msg")
    ((pk,),) = sql.rows(
        _MESSAGE,
        message_id,
        letter.workspace,
        int(letter.kind),
        letter.channel,
        letter.parent,
        letter.from_agent_id,
        caller.agent_id or "",
        caller.transport[:8],
        letter.from_session_id,
        letter.target,
        letter.subject,
        letter.body,
        letter.artifacts,
        len(recipients),
        now_us,
    )
    ordered = sorted(recipients)  # one order of locks for every sender
    sender, hour = letter.from_agent_id, now_us // HOUR_US
    sql.change_many(_DELIVERY, [(pk, recipient) for recipient in ordered])
    sql.change_many(_LANE, [(recipient,) for recipient in ordered])
    sql.change_many(_EDGE, [(letter.workspace, hour, sender, recipient, now_us) for recipient in ordered])
    sql.change_many(_PAIR, [(letter.workspace, sender, recipient, now_us) for recipient in ordered])
    return Posted(message_id, now_us)


def notify(  # noqa: PLR0913 - a notice names both ends and its content
    recipient: str,
    *,
    workspace: int,
    sender: str,
    subject: str,
    body: Mapping[str, Any],
    caller: Caller,
    kind: Message.Kind = Message.Kind.NOTICE,
) -> Posted:
    """Drop one message of the bus itself into an inbox; its body is JSON. No event: what it tells of has its own."""
    text = jsontext.encode(body)
    letter = Letter(workspace, sender, subject, text, kind=kind, target=f"@{recipient}")
    return post(letter, (recipient,), caller=caller)


def target_text(given: Any) -> str | None:
    """How a row keeps a target: `@agent` when it only names an agent, else its JSON; None when not given."""
    if given is None:
        return None
    if isinstance(given, dict) and given.keys() == {"strategy", "agent_id"} and given["strategy"] == "direct":
        return f"@{given['agent_id']}"
    return limits.json_text(given, "target")


def target_value(text: str | None) -> Any:
    """The target as it was given."""
    if text is None:
        return None
    return {"strategy": "direct", "agent_id": text[1:]} if text.startswith("@") else json.loads(text)
