"""What a person should see first: what waits or failed, who is here, what happened last."""

import json
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from nexus.models import Event, Handoff, LaneCount, WorkspaceCount
from nexus.queries.sessions import Presence, presences
from pulse_project.core import clock
from pulse_project.core.models import Agent, LogCounter

ID = re.compile(r"[a-z]{3}[0-9a-f]{16,24}\Z")
WORDS = ("present", "stale", "offline")


@dataclass(frozen=True)
class Waiting:
    """Work that stands still. `open_handoffs` is the pool as stored; claims past their lease count apart."""

    parked_messages: int
    open_handoffs: int
    expired_leases: int


@dataclass(frozen=True)
class AgentNow:
    """One agent at this instant; `holds` are the public ids of its claimed handoffs."""

    agent_id: str
    role: str | None
    presence: str
    last_heartbeat_us: int | None
    unread: int
    holds: tuple[str, ...]


@dataclass(frozen=True)
class AgentsNow:
    """How many agents are present, stale and offline, and the nearest of them."""

    present: int
    stale: int
    offline: int
    nearest: tuple[AgentNow, ...]


@dataclass(frozen=True)
class Happening:
    """One bus event as a sentence without its actor: "claimed a handoff"."""

    seq: int
    type: str
    actor: str
    at_us: int
    workspace: str
    subject: str

    @property
    def subject_is_id(self) -> bool:
        return ID.match(self.subject) is not None

    @property
    def folder(self) -> str:
        """The last part of the workspace's name or path."""
        return self.workspace.rstrip("/").rsplit("/", 1)[-1] or "/"


def waiting() -> Waiting:
    """Sizes from counters and one partial index; the cost does not grow with what is finished."""
    parked = LaneCount.objects.aggregate(total=Sum("parked"))["total"]
    pool = WorkspaceCount.objects.aggregate(total=Sum("open_handoffs"))["total"]
    expired = Handoff.objects.filter(status=Handoff.Status.CLAIMED, lease_us__lte=clock.now_us()).count()
    return Waiting(int(parked or 0), int(pool or 0), expired)


def agents_now(limit: int = 8) -> AgentsNow:
    """Active agents by presence; the nearest are the ones heard last."""
    known = presences()
    agents = list(Agent.objects.filter(is_active=True).values_list("agent_id", "role"))
    words = [known.get(agent_id, Presence()).word for agent_id, _ in agents]
    agents.sort(key=lambda agent: (-(known.get(agent[0], Presence()).last_heartbeat_us or 0), agent[0]))
    nearest = agents[:limit]
    present, stale, offline = (words.count(word) for word in WORDS)
    return AgentsNow(present, stale, offline, _described(nearest, known))


def _described(agents: list[tuple[str, str | None]], known: dict[str, Presence]) -> tuple[AgentNow, ...]:
    names = [agent_id for agent_id, _ in agents]
    unread = dict(LaneCount.objects.filter(agent_id__in=names).values_list("agent_id", "unread"))
    held: dict[str, list[str]] = {}
    claims = Handoff.objects.filter(status=Handoff.Status.CLAIMED, claimed_by__in=names)
    for claimant, handoff_id in claims.values_list("claimed_by", "handoff_id"):
        held.setdefault(str(claimant), []).append(handoff_id)
    return tuple(
        AgentNow(
            agent_id,
            role,
            known.get(agent_id, Presence()).word,
            known.get(agent_id, Presence()).last_heartbeat_us,
            unread.get(agent_id, 0),
            tuple(held.get(agent_id, ())),
        )
        for agent_id, role in agents
    )


def latest(limit: int = 20) -> list[Happening]:
    """The newest bus events but heartbeats, of every workspace and visibility: for those who may read everything."""
    events = Event.objects.select_related("workspace").exclude(type="session.heartbeat").order_by("-seq")[:limit]
    return [
        Happening(event.seq, event.type, event.actor, event.created_us, str(event.workspace), _subject(event.payload))
        for event in events
    ]


def cursor() -> str:
    """Where the bus's log stands: read it before what is shown, so that a live feed from here misses nothing."""
    head = LogCounter.objects.filter(name="nexus").values_list("head", flat=True).first()
    return f"n{head or 0}"


def _subject(payload: str) -> str:
    """What the event is about, in the words of its payload: a subject, a summary or an id."""
    found: Any = json.loads(payload) if payload else {}
    if not isinstance(found, dict):
        return ""
    for key in (
        "subject",
        "name",
        "title",
        "reason",
        "handoff_id",
        "message_id",
        "session_id",
        "artifact_id",
        "agent_id",
    ):
        if found.get(key):
            return str(found[key])[:120]
    return ""
