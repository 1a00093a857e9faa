"""What operators and monitors read: the graph, and lists of messages, handoffs, sessions and events."""

from typing import Annotated, Any, TypedDict

from pydantic import Field

from nexus import event_rows
from nexus.catalog import operators
from nexus.queries import events, handoffs, messages, sessions
from nexus.queries import graph as graphs
from nexus.queries.pages import Page
from pulse_project.core import conf
from pulse_project.core.inputs import Input, NonEmpty
from pulse_project.core.principals import Caller

Workspace = Annotated[str | None, Field(max_length=64, description="workspace_id; absent, empty or `all` = every one.")]


def workspace_of(text: str | None) -> str | None:
    return None if text in {None, "", "all"} else text


class GraphOf(Input):
    workspace: Workspace = None
    window_hours: int = Field(24, ge=1, le=24 * 365, description="Hours of traffic that message edges count.")


@operators.operation(needs="operator.observe", rest="GET graph", name="graph")
def read_graph(caller: Caller, data: GraphOf) -> graphs.Graph:
    """The live mesh: agents with presence and inbox, traffic between them, open and claimed handoffs.

    Errors: VALIDATION_ERROR.
    """
    return graphs.graph(workspace_of(data.workspace), data.window_hours)


class MessageFilters(Input):
    workspace: Workspace = None
    agent: str | None = Field(None, description="Sender or recipient.")
    peer: str | None = Field(None, description="With agent: the other side, both directions.")
    channel: str | None = None
    lane: str | None = Field(None, description="unread, delivered, read or parked.")
    since: str | None = None
    until: str | None = None
    undelivered: bool = Field(False, description="Only messages that reached nobody.")
    include_body: bool = False
    page: int = Field(1, ge=1, le=100_000)
    page_size: int = Field(50, ge=1, le=200)


def needs_of_messages(caller: Caller, data: MessageFilters) -> tuple[str, ...]:
    return ("operator.observe", "operator.read_all") if data.include_body else ("operator.observe",)


@operators.operation(
    needs=needs_of_messages,
    may_need=("operator.observe", "operator.read_all"),
    rest="GET messages",
    untrusted=("items[].subject", "items[].preview", "items[].body"),
)
def admin_message_list(caller: Caller, data: MessageFilters) -> Page:
    """Messages with previews and their deliveries, newest first. Bodies need the right to read everything.

    Errors: VALIDATION_ERROR, INVALID_PARAM.
    """
    given = data.model_dump(exclude={"include_body", "page", "page_size", "workspace"})
    filters = messages.Filters(workspace=workspace_of(data.workspace), **given)
    return messages.list_messages(filters, include_body=data.include_body, page=data.page, page_size=data.page_size)


class PeersOf(Input):
    agent: NonEmpty


@operators.operation(
    needs="operator.observe",
    rest="GET conversations/peers",
)
def admin_peer_list(caller: Caller, data: PeersOf) -> messages.Peers:
    """Whom an agent exchanged messages with, newest first.

    Errors: VALIDATION_ERROR.
    """
    return messages.peers(data.agent)


class StatusFilters(Input):
    workspace: Workspace = None
    status: str | None = Field(None, max_length=16)


class HandoffList(TypedDict):
    items: list[handoffs.HandoffRow]


@operators.operation(
    needs="operator.observe",
    rest="GET handoffs",
)
def admin_handoff_list(caller: Caller, data: StatusFilters) -> HandoffList:
    """Handoffs without their payloads, newest first, at most 1,000.

    Errors: VALIDATION_ERROR.
    """
    return {"items": handoffs.list_handoffs(workspace_of(data.workspace), data.status)}


class SessionList(TypedDict):
    items: list[sessions.SessionRow]


@operators.operation(
    needs="operator.observe",
    rest="GET sessions",
)
def admin_session_list(caller: Caller, data: StatusFilters) -> SessionList:
    """Sessions with their presence, newest first, at most 2,000. `status` is the stored one: active or closed.

    Errors: VALIDATION_ERROR.
    """
    return {"items": sessions.list_sessions(workspace_of(data.workspace), data.status)}


class EventFilters(Input):
    after: int = Field(0, ge=0, le=2**62, description="The last event_id seen.")
    workspace: Workspace = None
    stream: str | None = None
    limit: int = Field(100, ge=1, description="Capped by max_event_limit.")


class EventList(TypedDict):
    items: list[Any]
    next_cursor: int


@operators.operation(
    needs="operator.read_all",
    rest="GET events",
    untrusted=("items[].payload",),
)
def admin_event_list(caller: Caller, data: EventFilters) -> EventList:
    """The event log whatever the visibility, oldest first above `after`.

    Errors: VALIDATION_ERROR, INVALID_STREAM.
    """
    limit = min(data.limit, conf.current().max_event_limit)
    rows = events.after(data.after, limit, workspace_id=workspace_of(data.workspace), stream=data.stream)
    return {
        "items": [event_rows.item(row) for row in rows],
        "next_cursor": rows[-1].seq if rows else data.after,
    }
