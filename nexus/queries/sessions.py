"""Sessions as operators see them, and the presence of agents."""

from dataclasses import dataclass
from typing import TypedDict

from django.db.models import Count, Max

from nexus.models import Session
from pulse_project.core import clock, conf

ROWS = 2000


class SessionRow(TypedDict):
    session_id: str
    agent_id: str
    workspace_id: str
    status: str
    started_at: str | None
    last_heartbeat_at: str | None
    closed_at: str | None
    presence: str


@dataclass(frozen=True)
class Presence:
    """An agent's newest heartbeat over its open sessions."""

    sessions: int = 0
    last_heartbeat_us: int | None = None

    @property
    def word(self) -> str:
        return presence_word(self.last_heartbeat_us)


def presence_word(heartbeat_us: int | None) -> str:
    """`present` younger than the stale window, `stale` younger than the presence window, else `offline`."""
    if heartbeat_us is None:
        return "offline"
    age = (clock.now_us() - heartbeat_us) / 1_000_000
    settings = conf.current()
    if age < settings.session_stale_ttl_seconds:
        return "present"
    return "stale" if age < settings.presence_ttl_seconds else "offline"


def presences() -> dict[str, Presence]:
    """Presence by agent id; agents without an open session are absent."""
    rows = (
        Session.objects.filter(closed_us__isnull=True)
        .values("agent__agent_id")
        .annotate(sessions=Count("id"), heartbeat=Max("last_heartbeat_us"))
    )
    return {row["agent__agent_id"]: Presence(row["sessions"], row["heartbeat"]) for row in rows}


def list_sessions(workspace_id: str | None, status: str | None) -> list[SessionRow]:
    """Newest first, at most 2,000; `status` is the stored one."""
    rows = Session.objects.select_related("agent", "workspace").order_by("-id")
    if workspace_id:
        rows = rows.filter(workspace__workspace_id=workspace_id)
    if status:
        rows = rows.filter(closed_us__isnull=status != "closed") if status in {"active", "closed"} else rows.none()
    return [session_row(session) for session in rows[:ROWS]]


def session_row(session: Session) -> SessionRow:
    return {
        "session_id": session.session_id,
        "agent_id": session.agent.agent_id,
        "workspace_id": session.workspace.workspace_id,
        "status": session.status,
        "started_at": clock.iso(session.started_us),
        "last_heartbeat_at": clock.iso(session.last_heartbeat_us),
        "closed_at": clock.iso(session.closed_us),
        "presence": "offline" if session.closed_us else presence_word(session.last_heartbeat_us),
    }
