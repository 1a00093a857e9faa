"""What shared.md shows, read in one snapshot: the newest rows by index and the counters of the rest."""

import json
from typing import Any

from nexus import sql
from nexus.event_rows import STREAM_NAMES
from nexus.feed import STREAMS
from nexus.models import Visibility
from nexus.shared_view import NEWEST, EventLine, HandoffLine, Listed, SessionLine, SharedState, TaskLine
from pulse_project.core import db

MOST_COUNTED = 10_000

_WORKSPACE = sql.Statement("SELECT id, display_name FROM nexus_workspace WHERE workspace_id = %s")
_COUNTS = sql.Statement("SELECT open_handoffs, open_tasks FROM nexus_workspacecount WHERE workspace_id = %s")
_SESSIONS = sql.Statement(
    "SELECT s.session_id, a.agent_id, a.role, s.started_us, s.last_heartbeat_us FROM nexus_session s"
    " JOIN core_agent a ON a.id = s.agent_id WHERE s.workspace_id = %s AND s.closed_us IS NULL"
    " ORDER BY s.last_heartbeat_us DESC, s.id DESC LIMIT %s"
)
_SESSION_COUNT = sql.Statement(
    "SELECT count(*) FROM (SELECT 1 FROM nexus_session WHERE workspace_id = %s AND closed_us IS NULL LIMIT %s) AS live"
)
_TASKS = sql.Statement(
    "SELECT task_id, title, status FROM nexus_task WHERE workspace_id = %s AND status = 'OPEN'"
    " ORDER BY id DESC LIMIT %s"
)
_HANDOFFS = sql.Statement(
    "SELECT handoff_id, from_agent_id, visibility, target, created_us FROM nexus_handoff"
    " WHERE workspace_id = %s AND status = 'OPEN' ORDER BY id DESC LIMIT %s"
)
_EVENTS = sql.Statement(
    "SELECT seq, stream, type, actor, created_us, visibility FROM nexus_event"
    " WHERE workspace_id = %s AND stream = %s ORDER BY seq DESC LIMIT %s"
)


def read(workspace_id: str, limit_events: int) -> SharedState | None:
    """The state of a workspace, None when there is no such workspace."""
    with db.read_tx():
        found = sql.row(_WORKSPACE, workspace_id)
        if found is None:
            return None
        workspace, display_name = found
        open_handoffs, open_tasks = sql.row(_COUNTS, workspace) or (0, 0)
        return SharedState(
            workspace_id=workspace_id,
            display_name=display_name,
            sessions=_sessions(workspace),
            tasks=Listed([TaskLine(*row) for row in sql.rows(_TASKS, workspace, NEWEST)], open_tasks),
            handoffs=Listed([_handoff(*row) for row in sql.rows(_HANDOFFS, workspace, NEWEST)], open_handoffs),
            events=_events(workspace, limit_events),
        )


def _sessions(workspace: int) -> Listed[SessionLine]:
    lines = [SessionLine(*row) for row in sql.rows(_SESSIONS, workspace, NEWEST)]
    if len(lines) < NEWEST:
        return Listed(lines, len(lines))
    counted = sql.row(_SESSION_COUNT, workspace, MOST_COUNTED)
    return Listed(lines, counted[0] if counted else len(lines))


def _handoff(handoff_id: str, from_agent_id: str, visibility: int, target: str, created_us: int) -> HandoffLine:
    level = str(Visibility(visibility).label)
    return HandoffLine(handoff_id, from_agent_id, level, _target(json.loads(target)), created_us)


def _target(target: Any) -> str:
    """A target on one line: its strategy and whom it names."""
    if not isinstance(target, dict):
        return "broadcast"
    names = [target.get(name) for name in ("agent_id", "role", "capability") if target.get(name)]
    return " ".join([str(target.get("strategy", target.get("kind", ""))), *(_name(name) for name in names)])


def _name(name: Any) -> str:
    return ", ".join(map(str, name)) if isinstance(name, list) else str(name)


def _events(workspace: int, limit: int) -> list[EventLine]:
    """The newest events of all streams, newest first."""
    found = [row for stream in STREAMS for row in sql.rows(_EVENTS, workspace, int(stream), limit)]
    newest = sorted(found, key=lambda row: -row[0])[:limit]
    return [
        EventLine(seq, STREAM_NAMES[stream], kind, actor or None, created_us, visibility == Visibility.PUBLIC)
        for seq, stream, kind, actor, created_us, visibility in newest
    ]
