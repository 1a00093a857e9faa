"""Sessions: an agent at work in a workspace. They end by being closed, or by silence at the next access."""

import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from nexus import log, presence_windows, sql, trust
from nexus.ids import ordered_id
from nexus.models import Session
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import Agent
from pulse_project.core.principals import Caller

REAPED_AT_ONCE = 100
STALE = "stale"

_FIND = sql.Statement(
    "SELECT s.id, s.session_id, a.agent_id, s.workspace_id, w.workspace_id, s.started_us, s.last_heartbeat_us,"
    " s.closed_us FROM nexus_session s JOIN core_agent a ON a.id = s.agent_id"
    " JOIN nexus_workspace w ON w.id = s.workspace_id WHERE s.session_id = %s"
)
_ADVANCE = sql.Statement("UPDATE nexus_session SET last_heartbeat_us = %s WHERE id = %s AND closed_us IS NULL")
_CLOSE = sql.Statement("UPDATE nexus_session SET closed_us = %s, close_reason = %s WHERE id = %s AND closed_us IS NULL")
_SILENT = sql.Statement(
    "SELECT s.id, s.session_id, a.agent_id FROM nexus_session s JOIN core_agent a ON a.id = s.agent_id"
    " WHERE s.workspace_id = %s AND s.closed_us IS NULL AND s.last_heartbeat_us < %s"
    " ORDER BY s.last_heartbeat_us LIMIT %s"
)


class Found(NamedTuple):
    """A stored session; `workspace_id` is the public id."""

    pk: int
    session_id: str
    agent_id: str
    workspace_pk: int
    workspace_id: str
    started_us: int
    last_heartbeat_us: int
    closed_us: int | None

    @property
    def status(self) -> str:
        """The stored status: `active` until closed."""
        return "active" if self.closed_us is None else "closed"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session and its secret, which is kept nowhere in clear."""

    session: Session
    secret: str


def open_session(*, agent_id: str, workspace_pk: int, metadata: Any, caller: Caller) -> Opened:
    """A new session of a registered agent. Errors: NOT_FOUND."""
    agent = Agent.objects.filter(agent_id=agent_id).first()
    if agent is None:
        raise Failure(Code.NOT_FOUND, "No such agent. Register it with agent_register.", field="agent_id")
    secret = str(uuid.uuid4())
    now_us = clock.now_us()
    session = Session.objects.create(
        session_id=ordered_id("ses"),
        agent=agent,
        workspace_id=workspace_pk,
        secret_hash=trust.hashed(secret),
        started_us=now_us,
        last_heartbeat_us=now_us,
        metadata=metadata,
    )
    _tell("session.opened", session.session_id, agent_id, workspace_pk, caller)
    return Opened(session, secret)


def find(session_id: str, workspace_id: str | None) -> Found:
    """The session of that id. Errors: NOT_FOUND; WORKSPACE_MISMATCH when a workspace is given and is another."""
    row = sql.row(_FIND, session_id)
    if row is None:
        raise Failure(Code.NOT_FOUND, "No such session.", field="session_id")
    session = Found(*row)
    if workspace_id is not None and session.workspace_id != workspace_id:
        raise Failure(Code.WORKSPACE_MISMATCH, "That session belongs to another workspace.", field="workspace_id")
    return session


def beat(session: Found, caller: Caller) -> tuple[Found, str]:
    """Advance the heartbeat of an open session; the session and its derived status. A closed one stays as it is."""
    now_us = clock.now_us()
    if sql.change(_ADVANCE, now_us, session.pk) == 1:
        session = session._replace(last_heartbeat_us=now_us, closed_us=None)
        _tell("session.heartbeat", session.session_id, session.agent_id, session.workspace_pk, caller)
    else:
        session = find(session.session_id, None)
    return session, presence_windows.derived_status(session.status, session.last_heartbeat_us, now_us).value


def close(session: Found, caller: Caller, *, reason: str = "") -> Found:
    """Close a session; the first time stays, and only the first time is an event."""
    now_us = clock.now_us()
    if sql.change(_CLOSE, now_us, reason, session.pk) == 0:
        return find(session.session_id, None)
    more = {"reason": reason} if reason else {}
    _tell("session.closed", session.session_id, session.agent_id, session.workspace_pk, caller, **more)
    return session._replace(closed_us=now_us)


def reap(workspace_pk: int, caller: Caller) -> int:
    """Close sessions of the workspace that fell silent too long ago, at most 100 at once."""
    silent = sql.rows(_SILENT, workspace_pk, presence_windows.reap_before_us(), REAPED_AT_ONCE)
    now_us = clock.now_us()
    for pk, session_id, agent_id in silent:
        if sql.change(_CLOSE, now_us, STALE, pk) == 1:
            _tell("session.reaped", session_id, agent_id, workspace_pk, caller, reason=STALE)
    return len(silent)


def _tell(event: str, session_id: str, agent_id: str, workspace_pk: int, caller: Caller, **more: str) -> None:
    payload = {"session_id": session_id, "agent_id": agent_id, **more}
    log.emit(workspace_pk, event, caller=caller, actor=agent_id, payload=payload)
