"""Live topics of the bus: one workspace, all of them, one agent. Frames name what happened, clients fetch it."""

import re
from collections.abc import Mapping
from typing import Any

from nexus import audience, directory, feed, sql
from nexus.event_rows import STREAM_NAMES, EventRow
from nexus.models import Visibility
from pulse_project.core import clock, db, domain_feed
from pulse_project.core.hub import on_entry
from pulse_project.core.principals import Caller, Kind
from pulse_project.core.tail.entries import Entry, Letter
from pulse_project.core.topics import Frame, TopicKind, domain_frame, is_watcher, register_topic

READ_ALL = "operator.read_all"
SHOWN = frozenset({
    "agent_id", "artifact_id", "attempts", "channel_id", "claim_epoch", "claimed_by", "delivered_count", "handoff_id",
    "lane", "lease_expires_at", "message_id", "message_ids", "recipient", "session_id", "status", "task_id",
})  # fmt: skip
REF_KINDS = ("handoff", "message", "session", "artifact")

_WORKSPACE_ID = re.compile(r"[0-9a-f]{64}")
_EXISTS = sql.Statement("SELECT 1 FROM nexus_workspace WHERE workspace_id = %s")

# What a subscribed agent answers to, known to the event loop without a query: learned when a subscription is
# authorised, and again when the agent changes.
_reader_keys: dict[str, tuple[str, ...]] = {}
_MOST_READERS = 10_000


def learn_reader(agent_id: str) -> None:
    """Make an agent's keys known to the event loop before it follows anything; runs on the reader pool."""
    if len(_reader_keys) > _MOST_READERS:
        _reader_keys.clear()
    _reader_keys[agent_id] = audience.reader_keys(directory.reader(agent_id))


async def _learn_again(entry: Entry) -> None:
    row: domain_feed.DomainRow = entry.row
    if row.entity_id in _reader_keys:
        await db.in_read(learn_reader, row.entity_id)


on_entry("agent.", _learn_again)


def _is_reading_agent(caller: Caller) -> bool:
    if caller.agent_id is None or not caller.holds("events.read"):
        return False
    learn_reader(caller.agent_id)
    return True


def _may_follow_workspace(caller: Caller, workspace_id: str) -> bool:
    if _WORKSPACE_ID.fullmatch(workspace_id) is None or sql.row(_EXISTS, workspace_id) is None:
        return False
    return _is_reading_agent(caller) or is_watcher(caller)


def _may_follow_all(caller: Caller, _arg: str) -> bool:
    return is_watcher(caller)


def _may_follow_agent(caller: Caller, agent_id: str) -> bool:
    return (_is_reading_agent(caller) and caller.agent_id == agent_id) or is_watcher(caller)


def is_visible(entry: Entry, caller: Caller) -> bool:
    """Whether a caller may hear of a row: agents by the audience, who reads everything all, others what is public."""
    if entry.log != feed.LETTER:
        return True
    if caller.holds(READ_ALL) or caller.kind is Kind.MONITOR:
        return True
    row: EventRow = entry.row
    if caller.agent_id is None:
        return row.visibility == Visibility.PUBLIC
    mine = _reader_keys.get(caller.agent_id) or (audience.EVERYBODY, audience.agent_key(caller.agent_id))
    return audience.admits(row.admitted(), mine, now_us=clock.now_us())


def frame(entry: Entry) -> Frame:
    """The notice of a bus event: ids, states and numbers of its payload, never text that somebody wrote."""
    if entry.log != feed.LETTER:
        return domain_frame(entry)
    row: EventRow = entry.row
    payload = row.content()
    details = {name: payload[name] for name in SHOWN & payload.keys()} if isinstance(payload, dict) else {}
    return {
        "type": row.type,
        "at": clock.iso(row.created_us),
        "actor": {"id": row.actor, "principal": row.principal},
        "ref": _ref(row, details),
        "rev": None,
        "data": {
            "event_id": row.seq,
            "workspace_id": row.workspace_id,
            "stream": STREAM_NAMES[row.stream],
            "handoff_id": row.handoff_id,
            **details,
        },
    }


def _ref(row: EventRow, details: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if row.handoff_id is not None:
        return {"kind": "handoff", "id": row.handoff_id}
    named = [(kind, details.get(f"{kind}_id")) for kind in REF_KINDS]
    return next(({"kind": kind, "id": found} for kind, found in named if found is not None), None)


def _read_workspace(workspace_id: str, _letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    return feed.rows_of_workspace(workspace_id, span, limit)


def _read_all(_arg: str, _letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    return feed.rows_of_everything(span, limit)


def _read_agent(agent_id: str, letter: Letter, span: tuple[int, int], limit: int) -> list[Entry]:
    if letter == feed.LETTER:
        return feed.rows_of_agent(agent_id, span, limit)
    return domain_feed.entity_rows("agent", agent_id, span, limit)


register_topic(TopicKind(
    pattern="nexus:<workspace_id>",
    keys=lambda workspace_id: {"n": feed.workspace_key(workspace_id)},
    authorise=_may_follow_workspace,
    frame=frame,
    visible=is_visible,
    read=_read_workspace,
))  # fmt: skip
register_topic(TopicKind(
    pattern="nexus:all",
    keys=lambda _arg: {"n": feed.EVERYTHING},
    authorise=_may_follow_all,
    frame=frame,
    visible=is_visible,
    read=_read_all,
))  # fmt: skip
register_topic(TopicKind(
    pattern="agent:<agent_id>",
    keys=lambda agent_id: {"n": feed.agent_key(agent_id), "d": f"entity:agent:{agent_id}"},
    authorise=_may_follow_agent,
    frame=frame,
    visible=is_visible,
    read=_read_agent,
))  # fmt: skip
