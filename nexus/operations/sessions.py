"""Sessions of agents: open, keep alive, close."""

from typing import Annotated, Any, TypedDict

from pydantic import AfterValidator, Field

from nexus import limits, sessions, trust, workspaces
from nexus.catalog import catalog
from nexus.fields import REQUIRED, AgentId, MaybeId, PublicId, without_nul
from pulse_project.core import clock, presence
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Fails, Input
from pulse_project.core.principals import IDENTITY, Caller


def _given(workspace_id: str | None) -> str:
    if not workspace_id:
        raise ValueError("workspace_id is required")
    return without_nul(workspace_id)


class SessionOpen(Input):
    """Who opens a session where."""

    agent_id: AgentId
    workspace_id: Annotated[
        str | None,
        AfterValidator(_given),
        Fails(
            Code.WORKSPACE_REQUIRED, rank=REQUIRED, message="workspace_id is required. workspace_resolve answers it."
        ),
    ] = Field(None, validate_default=True, description="Id of the workspace, required.")
    metadata: Any = Field(None, description="Any JSON value.")


class SessionNamed(Input):
    """One session; a given workspace must be its own."""

    session_id: PublicId
    workspace_id: MaybeId = Field(None, description="Checked when given.")


class SessionOpened(TypedDict):
    """The secret is shown here and nowhere else."""

    session_id: str
    agent_id: str
    workspace_id: str
    status: str
    started_at: str
    last_heartbeat_at: str
    session_secret: str


class SessionBeat(TypedDict):
    session_id: str
    status: str
    last_heartbeat_at: str


class SessionClosed(TypedDict):
    session_id: str
    agent_id: str
    workspace_id: str
    status: str
    started_at: str
    last_heartbeat_at: str
    closed_at: str | None


@catalog.operation(needs=IDENTITY, writes=True, secret_output=True)
def session_open(caller: Caller, data: SessionOpen) -> SessionOpened:
    """Open a session of an agent in a workspace and get its secret, shown only here.

    Sensitive verbs take the session's id and secret, in trust_mode=strict always. Closes sessions that fell silent.

    Event: session.opened; session.reaped for sessions silent too long.
    Errors: WORKSPACE_REQUIRED, VALIDATION_ERROR, CONTENT_TOO_LARGE, NOT_FOUND, NOT_OWNER.
    """
    trust.bind(caller, data.agent_id)
    if data.metadata is not None:
        limits.json_text(data.metadata, "metadata")
    workspace = workspaces.by_id(data.workspace_id or "")
    if workspace is None:
        raise Failure(Code.NOT_FOUND, "No such workspace. workspace_resolve makes it.", field="workspace_id")
    opened = sessions.open_session(
        agent_id=data.agent_id, workspace_pk=workspace.pk, metadata=data.metadata, caller=caller
    )
    sessions.reap(workspace.pk, caller)
    presence.touch(data.agent_id)
    return {
        "session_id": opened.session.session_id,
        "agent_id": data.agent_id,
        "workspace_id": workspace.workspace_id,
        "status": "active",
        "started_at": clock.iso(opened.session.started_us) or "",
        "last_heartbeat_at": clock.iso(opened.session.last_heartbeat_us) or "",
        "session_secret": opened.secret,
    }


@catalog.operation(needs=IDENTITY, writes=True)
def session_heartbeat(caller: Caller, data: SessionNamed) -> SessionBeat:
    """Keep a session active and present, and read its status: active, stale or closed.

    A closed session stays closed. Closes other sessions of the workspace that fell silent long ago.

    Event: session.heartbeat; session.reaped for sessions silent too long.
    Errors: VALIDATION_ERROR, NOT_FOUND, WORKSPACE_MISMATCH, NOT_OWNER.
    """
    session = _own(caller, data)
    session, status = sessions.beat(session, caller)
    sessions.reap(session.workspace_pk, caller)
    presence.touch(session.agent_id)
    return {
        "session_id": session.session_id,
        "status": status,
        "last_heartbeat_at": clock.iso(session.last_heartbeat_us) or "",
    }


@catalog.operation(needs=IDENTITY, writes=True, idempotent=True)
def session_close(caller: Caller, data: SessionNamed) -> SessionClosed:
    """Close a session. Closing it again answers the same.

    Event: session.closed, the first time.
    Errors: VALIDATION_ERROR, NOT_FOUND, WORKSPACE_MISMATCH, NOT_OWNER.
    """
    session = _own(caller, data)
    session = sessions.close(session, caller)
    presence.touch(session.agent_id)
    return {
        "session_id": session.session_id,
        "agent_id": session.agent_id,
        "workspace_id": session.workspace_id,
        "status": "closed",
        "started_at": clock.iso(session.started_us) or "",
        "last_heartbeat_at": clock.iso(session.last_heartbeat_us) or "",
        "closed_at": clock.iso(session.closed_us),
    }


def _own(caller: Caller, data: SessionNamed) -> sessions.Found:
    session = sessions.find(data.session_id, data.workspace_id)
    trust.bind(caller, session.agent_id)
    return session
