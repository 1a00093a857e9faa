"""The admin's visitors, and a bus with one record of everything."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.conftest import browser

__all__ = ["browser"]


@pytest.fixture(autouse=True)
def _fresh_caches() -> None:
    """What a process remembers of the store goes with the store of the test before."""
    from nexus import directory, workspaces
    from pulse_project.core import presence

    directory.forget()
    workspaces.forget()
    presence.forget()


@pytest.fixture
def alice(make_agent: Callable[..., Any]) -> Any:
    return make_agent("alice", role="builder")


@pytest.fixture
def bob(make_agent: Callable[..., Any]) -> Any:
    return make_agent("bob", role="reviewer")


@pytest.fixture
def project(tmp_path: Any) -> str:
    root = tmp_path / "project"
    root.mkdir()
    return str(root)


@pytest.fixture
def call() -> Callable[..., Any]:
    """`call("message_create", caller, …) -> data`; a refusal fails the test."""
    from pulse_project.core import executor
    from pulse_project.core.operations import REGISTRY

    def make(operation: str, caller: Any, /, **arguments: Any) -> Any:
        outcome = executor.call_sync(REGISTRY[operation], arguments, caller)
        assert outcome.failure is None, outcome.failure
        return outcome.result

    return make


@pytest.fixture
def message(alice: Any, bob: Any, project: str, call: Callable[..., Any]) -> Any:
    """A message from alice to bob, unread; answers bob's delivery."""
    from nexus.models import MessageDelivery

    sent = call(
        "message_create",
        alice,
        project_root=project,
        from_agent_id="alice",
        subject="Build is red",
        body="Look at **CI**.",
        target={"strategy": "direct", "agent_id": "bob"},
    )
    return MessageDelivery.objects.get(message__message_id=sent["message_id"], recipient="bob")


@pytest.fixture
def handoff(alice: Any, bob: Any, project: str, call: Callable[..., Any]) -> Any:
    """An open handoff of alice for reviewers."""
    from nexus.models import Handoff

    made = call(
        "handoff_create",
        alice,
        project_root=project,
        from_agent_id="alice",
        payload='{"task": "Review the parser"}',
        visibility="eligible",
        target={"strategy": "role", "role": "reviewer"},
    )
    return Handoff.objects.get(handoff_id=made["handoff_id"])


@pytest.fixture
def everything(
    message: Any,
    handoff: Any,
    telemetry: None,
    plans: None,
    bob: Any,
    alice: Any,
    project: str,
    call: Callable[..., Any],
) -> None:
    """At least one row of every model that agents or operators can fill."""
    from django.contrib.admin.models import LogEntry
    from django.contrib.auth import get_user_model

    from nexus.models import Artifact, Task, Workspace
    from pulse_project.core import clock
    from pulse_project.core.models import (
        Agent,
        ApiKey,
        Delivery,
        DomainEvent,
        IdempotencyRecord,
        LoginLink,
        StoredSetting,
        StoreMark,
    )

    workspace = Workspace.objects.get(pk=handoff.workspace_id)
    call("session_open", bob, agent_id="bob", workspace_id=workspace.workspace_id)
    call("channel_create", alice, project_root=project, name="builds")
    Artifact.objects.create(
        artifact_id="art1", workspace=workspace, artifact_type="text", stored="inline", content="text", size_bytes=4
    )
    Task.objects.create(task_id="tsk1", workspace=workspace, title="A task")
    ApiKey.objects.create(agent=Agent.objects.get(agent_id="bob"), key_hash="0" * 64, prefix="nxs_00000000")
    event = DomainEvent.objects.create(seq=9001, type="test.happened", payload={"a": 1})
    Delivery.objects.create(event=event, subscriber="tests", state="dead", last_error="boom")
    IdempotencyRecord.objects.create(scope="s", operation="o", key="k", fingerprint="f", answer={})
    StoreMark.objects.get_or_create(name="epoch", defaults={"value": "e"})
    StoredSetting.objects.create(key="trust_mode", value="open")
    person = get_user_model()._default_manager.create(username="person")
    LoginLink.objects.create(token_hash="1" * 64, user=person, expires_at=clock.now())
    LogEntry.objects.create(user=person, action_flag=2, object_repr="x", change_message="y")


@pytest.fixture
def plans(bob: Any) -> None:
    """At least one row of every model of boards and specs."""
    from tests.admin.plans import fill

    fill(bob.agent_pk)


@pytest.fixture
def telemetry(operator: Any, call: Callable[..., Any]) -> None:
    """At least one row of every model of telemetry."""
    from pulse_project.core import db
    from telemetry import attributes, journal, labels, store
    from telemetry.models import DrainPosition, DrainRun, Label, RetentionFloor
    from telemetry.record import record_of
    from tests.telemetry.events import NOW_US, event

    for memory in (attributes, journal, labels):
        memory.forget()
    call("telemetry_token_create", operator, source="ci", label="laptop")
    call("telemetry_retention_create", operator, event_type="note", keep_days=0)
    call("telemetry_payload_key_create", operator, name="target")
    call("telemetry_alert_create", operator, name="quiet", metric="silence")
    kinds = [
        event("phase.close", phase=1, tasks_done=2),
        event("workflow.next.stop_reason", stop_reason="blocked"),
        event("verification.completed", target="api", passed=True, duration_ms=5),
        event("<b>note</b>", "junk", target="<script>alert(1)</script>"),
    ]
    records = [record_of(kind, received_us=NOW_US, source="") for kind in kinds]
    db.write_here(store.write, records)
    journal.refuse("event must be a JSON object")
    db.write_here(journal.write)
    DrainRun.objects.create(path="/queue.jsonl")
    DrainPosition.objects.create(path="/queue.jsonl", device=1, inode=1)
    RetentionFloor.objects.create(type=Label.objects.get(text="phase.close"), utc=1)
