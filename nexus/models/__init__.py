"""The bus's tables. Times are microseconds since 1970-01-01 UTC; actors are text: they need not be registered."""

from nexus.models.artifact import Artifact
from nexus.models.channel import Channel
from nexus.models.counts import LaneCount, MessageEdge, MessagePair, WorkspaceCount
from nexus.models.delivery import Lane, MessageDelivery
from nexus.models.event import Audience, Event, Stream, Visibility
from nexus.models.handoff import Handoff
from nexus.models.message import Message
from nexus.models.session import Session
from nexus.models.task import Task
from nexus.models.workspace import Workspace

__all__ = [
    "Artifact",
    "Audience",
    "Channel",
    "Event",
    "Handoff",
    "Lane",
    "LaneCount",
    "Message",
    "MessageDelivery",
    "MessageEdge",
    "MessagePair",
    "Session",
    "Stream",
    "Task",
    "Visibility",
    "Workspace",
    "WorkspaceCount",
]
