"""Putting a message into inboxes: the rows and every counter that goes with them, in the caller's transaction."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nexus import jsontext, limits, sql
from nexus.ids import ordered_id
from nexus.models import Message
from pulse_project.core import clock
from pulse_project.core.principals import Caller

HOUR_US = 3600 * 1_000_000

_INSERT_MESSAGE = (
    "INSERT INTO nexus_message (message_id, workspace_id, kind, channel_id, parent_id, from_agent_id, actor_key_agent,"
    " via, from_session_id, target, subject, body, artifacts, recipient_count, created_us)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"
)
_INTO_LANES = "INSERT INTO nexus_lanecount (agent_id, unread, delivered, read, parked)"
_ONE_MORE_UNREAD = (
    " ON CONFLICT (agent_id) DO UPDATE SET unread = nexus_lanecount.unread + 1 RETURNING nexus_lanecount.unread"
)
_INTO_EDGES = "INSERT INTO nexus_messageedge (workspace_id, hour, from_agent_id, to_agent_id, message_count, last_us)"
_ONE_MORE_THIS_HOUR = (
    " ON CONFLICT (hour, workspace_id, from_agent_id, to_agent_id)"
    " DO UPDATE SET message_count = nexus_messageedge.message_count + 1, last_us = excluded.last_us"
)
_INTO_PAIRS = (
    "INSERT INTO nexus_messagepair (workspace_id, from_agent_id, to_agent_id, message_count, unread, delivered,"
    " last_us)"
)
_ONE_MORE_BETWEEN = (
    " ON CONFLICT (from_agent_id, to_agent_id, workspace_id)"
    " DO UPDATE SET message_count = nexus_messagepair.message_count + 1, unread = nexus_messagepair.unread + 1,"
    " last_us = excluded.last_us"
)

_MESSAGE = sql.Statement(_INSERT_MESSAGE)
_DELIVERY = sql.Rows(
    "nexus_messagedelivery", message_id="bigint", recipient="text", lane="smallint", attempts="smallint"
)
_LANE = sql.Statement(f"{_INTO_LANES} VALUES (%s, 1, 0, 0, 0){_ONE_MORE_UNREAD}")
_EDGE = sql.Statement(f"{_INTO_EDGES} VALUES (%s, %s, %s, %s, 1, %s){_ONE_MORE_THIS_HOUR}")
_PAIR = sql.Statement(f"{_INTO_PAIRS} VALUES (%s, %s, %s, 1, 1, 0, %s){_ONE_MORE_BETWEEN}")

# PostgreSQL does all of it in one round trip; recipients come sorted, so that senders lock in one order
_EVERYTHING = sql.Statement(
    f"WITH m AS ({_INSERT_MESSAGE}), who AS MATERIALIZED (SELECT unnest(%s::text[]) AS agent),"  # noqa: S608 - every part is a constant
    " d AS (INSERT INTO nexus_messagedelivery (message_id, recipient, lane, attempts)"
    " SELECT m.id, who.agent, 0, 0 FROM m, who),"
    f" l AS ({_INTO_LANES} SELECT agent, 1, 0, 0, 0 FROM who{_ONE_MORE_UNREAD}),"
    f" e AS ({_INTO_EDGES} SELECT %s::bigint, %s::integer, %s::text, agent, 1, %s::bigint FROM who"
    f"{_ONE_MORE_THIS_HOUR}),"
    f" p AS ({_INTO_PAIRS} SELECT %s::bigint, %s::text, agent, 1, 1, 0, %s::bigint FROM who{_ONE_MORE_BETWEEN})"
    " SELECT COALESCE(MAX(unread), 0) FROM l"
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
    """What the store made of a letter; `fullest` is the largest unread lane that it entered, itself included."""

    message_id: str
    created_us: int
    fullest: int


def post(letter: Letter, recipients: Collection[str], *, caller: Caller) -> Posted:
    """Store `letter` once and one unread delivery per recipient; inside a write transaction."""
    now_us = clock.now_us()
    message_id = ordered_id("msg")
    message = (
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
    store = _store_rows if sql.is_sqlite() else _store_at_once
    return Posted(message_id, now_us, store(message, sorted(recipients), letter, now_us))


def _store_rows(message: Sequence[Any], recipients: list[str], letter: Letter, now_us: int) -> int:
    workspace, sender, hour = letter.workspace, letter.from_agent_id, now_us // HOUR_US
    ((pk,),) = sql.rows(_MESSAGE, *message)
    _DELIVERY.insert([(pk, recipient, 0, 0) for recipient in recipients])
    fullest = 0
    for recipient in recipients:
        fullest = max(fullest, sql.rows(_LANE, recipient)[0][0])
        sql.change(_EDGE, workspace, hour, sender, recipient, now_us)
        sql.change(_PAIR, workspace, sender, recipient, now_us)
    return fullest


def _store_at_once(message: Sequence[Any], recipients: list[str], letter: Letter, now_us: int) -> int:
    workspace, sender, hour = letter.workspace, letter.from_agent_id, now_us // HOUR_US
    ((fullest,),) = sql.rows(
        _EVERYTHING, *message, recipients, workspace, hour, sender, now_us, workspace, sender, now_us
    )
    return int(fullest)


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
    letter = Letter(workspace, sender, subject, jsontext.encode(body), kind=kind, target=f"@{recipient}")
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
