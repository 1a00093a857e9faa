"""The bus of the tests in tests/nexus, and the arguments that every published tool succeeds with."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.nexus.calls import ok
from tests.nexus.conftest import (
    _fresh_caches,
    alice,
    bob,
    carol,
    hand,
    in_force,
    project,
    send,
    workspace,
)

__all__ = ["_fresh_caches", "alice", "bob", "carol", "hand", "in_force", "project", "send", "workspace"]


@pytest.fixture
def place(project: str, alice: Any) -> Any:
    """The workspace of `project` as workspace_resolve answers it."""
    return ok("workspace_resolve", alice, project_root=project)


@pytest.fixture
def open_session(place: Any) -> Callable[[Any], Any]:
    """`open_session(alice)` answers session_open's data."""
    return lambda caller: ok("session_open", caller, agent_id=caller.name, workspace_id=place["workspace_id"])


@pytest.fixture
def offer(project: str, alice: Any) -> Callable[..., Any]:
    """`offer(to="bob")` is a direct handoff of alice, `offer()` one for anybody; answers the data."""

    def offered(*, to: str | None = None, **over: Any) -> Any:
        target = {"strategy": "direct", "agent_id": to} if to else {"strategy": "broadcast"}
        arguments = {"project_root": project, "from_agent_id": "alice", "target": target, "visibility": "public"}
        return ok("handoff_create", alice, **{**arguments, **over})

    return offered


@pytest.fixture
def valid(project: str, place: Any, alice: Any, bob: Any, send: Any, offer: Any, open_session: Any) -> Any:
    """Arguments with which each published tool succeeds when bob calls it (or alice, for what only she may do)."""
    at = {"project_root": project}
    as_bob = {"agent_id": "bob"}
    session = open_session(bob)["session_id"]
    pulled, acked = (send(alice, to="bob")["message_id"] for _ in range(2))
    ok("inbox_pull", bob, agent_id="bob")
    claimed = offer(to="bob")["handoff_id"]
    ok("handoff_claim", bob, **at, **as_bob, handoff_id=claimed)
    stored = ok("artifact_put", bob, **at, artifact_type="text", content="x")["artifact_id"]
    stream = {**at, **as_bob, "stream": "workspace"}
    return {
        "agent_get": as_bob,
        "agent_list": {},
        "agent_register": as_bob,
        "agent_whoami": {},
        "artifact_get": {**at, "artifact_id": stored},
        "artifact_put": {**at, "artifact_type": "text", "content": "x"},
        "capability_list": {},
        "channel_create": {**at, "name": "news"},
        "channel_list": at,
        "coordination_health": {**at, **as_bob},
        "event_cursor": stream,
        "event_get": stream,
        "event_wait": stream,
        "handoff_cancel": {**at, "handoff_id": offer()["handoff_id"], "agent_id": "alice"},
        "handoff_claim": {**at, **as_bob, "handoff_id": offer()["handoff_id"]},
        "handoff_complete": {**at, **as_bob, "handoff_id": claimed},
        "handoff_create": {**at, "from_agent_id": "bob", "target": {"strategy": "broadcast"}, "visibility": "public"},
        "handoff_get": {**at, **as_bob, "handoff_id": claimed},
        "handoff_list_available": {**at, **as_bob},
        "handoff_reject": {**at, **as_bob, "handoff_id": offer(to="bob")["handoff_id"]},
        "inbox_ack": {**as_bob, "message_ids": acked},
        "inbox_count": as_bob,
        "inbox_extend": {**as_bob, "message_ids": pulled, "extend_seconds": 60},
        "inbox_history": as_bob,
        "inbox_peek": as_bob,
        "inbox_pull": as_bob,
        "message_create": {**at, "from_agent_id": "bob", "subject": "s", "body": "b"},
        "message_status": {"message_id": pulled},
        "nexus_info": {},
        "session_close": {"session_id": open_session(bob)["session_id"]},
        "session_heartbeat": {"session_id": session},
        "session_open": {**as_bob, "workspace_id": place["workspace_id"]},
        "shared_md_render": {"workspace_id": place["workspace_id"]},
        "workspace_list": {},
        "workspace_resolve": at,
    }
