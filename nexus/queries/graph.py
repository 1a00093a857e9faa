"""The live mesh: agents, the traffic between them, and work that waits. Its cost does not grow with the log."""

from typing import Any, TypedDict

from django.db.models import Max, Sum

from nexus.models import Channel, LaneCount, MessageEdge, MessagePair, Workspace
from nexus.queries.handoffs import HandoffRow, live_handoffs
from nexus.queries.sessions import Presence, presences
from pulse_project.core import clock
from pulse_project.core.models import Agent, ApiKey

MESSAGE_EDGES = 2000
HANDOFF_EDGES = 500
CHANNELS = 500
HOUR_US = 3600 * 1_000_000


class Node(TypedDict):
    agent_id: str
    role: str | None
    capabilities: Any
    is_active: bool
    has_key: bool
    last_seen_at: str | None
    presence: str
    sessions: int
    inbox: dict[str, int]


class InFlight(TypedDict):
    unread: int
    delivered: int


MessageEdgeRow = TypedDict(
    "MessageEdgeRow",
    {"from": str, "to": str, "count": int, "last_at": str | None, "in_flight": InFlight, "last_done_at": str | None},
)


class Edges(TypedDict):
    messages: list[MessageEdgeRow]
    handoffs: list[HandoffRow]


class Graph(TypedDict):
    workspace_id: str | None
    generated_at: str | None
    window_hours: int
    nodes: list[Node]
    channels: list[dict[str, str]]
    edges: Edges


def graph(workspace_id: str | None, window_hours: int) -> Graph:
    """Every agent, the message edges of the window (at most 2,000) and the newest 500 live handoffs."""
    workspace = Workspace.objects.filter(workspace_id=workspace_id).first() if workspace_id else None
    unknown = bool(workspace_id) and workspace is None
    return {
        "workspace_id": workspace_id,
        "generated_at": clock.iso(clock.now_us()),
        "window_hours": window_hours,
        "nodes": _nodes(),
        "channels": [] if unknown else _channels(workspace),
        "edges": {
            "messages": [] if unknown else _message_edges(workspace, window_hours),
            "handoffs": live_handoffs(workspace_id, HANDOFF_EDGES),
        },
    }


def _nodes() -> list[Node]:
    present = presences()
    lanes = {row.agent_id: row for row in LaneCount.objects.all()}
    keyed = set(
        ApiKey.objects.filter(agent__isnull=False, revoked_at__isnull=True)
        .values_list("agent_id", flat=True)
        .distinct()
    )
    return [
        _node(agent, present.get(agent.agent_id, Presence()), lanes, agent.pk in keyed) for agent in Agent.objects.all()
    ]


def _node(agent: Agent, presence: Presence, lanes: dict[str, LaneCount], has_key: bool) -> Node:
    lane = lanes.get(agent.agent_id) or LaneCount()
    return {
        "agent_id": agent.agent_id,
        "role": agent.role,
        "capabilities": agent.capabilities,
        "is_active": agent.is_active,
        "has_key": has_key,
        "last_seen_at": clock.iso(clock.to_us(agent.last_seen_at)) if agent.last_seen_at else None,
        "presence": presence.word,
        "sessions": presence.sessions,
        "inbox": {"unread": lane.unread, "delivered": lane.delivered, "read": lane.read, "parked": lane.parked},
    }


def _channels(workspace: Workspace | None) -> list[dict[str, str]]:
    rows = Channel.objects.select_related("workspace").order_by("id")
    if workspace:
        rows = rows.filter(workspace=workspace)
    return [
        {"channel_id": row.channel_id, "workspace_id": row.workspace.workspace_id, "name": row.name}
        for row in rows[:CHANNELS]
    ]


def _message_edges(workspace: Workspace | None, window_hours: int) -> list[MessageEdgeRow]:
    first_hour = clock.now_us() // HOUR_US - window_hours
    edges = MessageEdge.objects.filter(hour__gte=first_hour)
    pairs = MessagePair.objects.all()
    if workspace:
        edges, pairs = edges.filter(workspace=workspace), pairs.filter(workspace=workspace)
    counted = (
        edges.values("from_agent_id", "to_agent_id")
        .annotate(count=Sum("message_count"), last=Max("last_us"))
        .order_by("-last")[:MESSAGE_EDGES]
    )
    rows = {(row["from_agent_id"], row["to_agent_id"]): row for row in counted}
    flight = _in_flight(pairs, rows)
    return [_edge(sender, recipient, row, flight.get((sender, recipient))) for (sender, recipient), row in rows.items()]


def _in_flight(pairs: Any, rows: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    senders = {sender for sender, _ in rows}
    summed = (
        pairs.filter(from_agent_id__in=senders)
        .values("from_agent_id", "to_agent_id")
        .annotate(unread=Sum("unread"), delivered=Sum("delivered"), done=Max("done_us"))
    )
    return {(row["from_agent_id"], row["to_agent_id"]): row for row in summed}


def _edge(sender: str, recipient: str, row: Any, flight: Any) -> MessageEdgeRow:
    return {
        "from": sender,
        "to": recipient,
        "count": row["count"],
        "last_at": clock.iso(row["last"]),
        "in_flight": {
            "unread": flight["unread"] if flight else 0,
            "delivered": flight["delivered"] if flight else 0,
        },
        "last_done_at": clock.iso(flight["done"]) if flight else None,
    }
