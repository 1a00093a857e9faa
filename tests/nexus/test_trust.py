"""Trust modes: session credentials of the sensitive verbs, and whose name a key may use."""

from dataclasses import replace
from typing import Any

import pytest

from nexus import trust
from nexus.models import Session
from pulse_project.core import clock
from pulse_project.core.principals import Caller, Kind
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db

GUARDED = [
    ("inbox_pull", {}),
    ("inbox_ack", {"message_ids": "msg0"}),
    ("inbox_extend", {"message_ids": "msg0", "extend_seconds": 60}),
]
READS = ["inbox_peek", "inbox_count", "inbox_history"]


@pytest.fixture
def session(workspace: Any, alice: Any, bob: Any) -> dict[str, str]:
    """Credentials of an open session of bob."""
    Session.objects.create(
        session_id="ses-bob", agent_id=bob.agent_pk, workspace_id=workspace.pk, secret_hash=trust.hashed("secret")
    )
    return {"session_id": "ses-bob", "session_secret": "secret"}


@pytest.mark.parametrize(("name", "over"), GUARDED)
def test_strict_demands_credentials_before_it_looks_at_arguments(
    bob: Any, session: Any, in_force: Any, name: str, over: Any
) -> None:
    in_force(trust_mode="strict")
    refused = error(name, bob, agent_id="bob", limit="bad")
    assert (refused["code"], refused["details"]["reason"]) == ("VALIDATION_ERROR", "credentials_missing")
    assert code(name, bob, agent_id="bob", **over, session_id="ses-bob") == "VALIDATION_ERROR"


@pytest.mark.parametrize(("name", "over"), GUARDED[:2])
def test_strict_accepts_the_right_credentials(bob: Any, session: Any, in_force: Any, name: str, over: Any) -> None:
    in_force(trust_mode="strict")
    ok(name, bob, agent_id="bob", **over, **session)


@pytest.mark.parametrize("mode", ["open", "strict"])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"session_id": "ses-nobody"}, "NOT_FOUND"),
        ({"session_id": "a\x00"}, "NOT_FOUND"),
        ({"session_id": None}, "VALIDATION_ERROR"),
        ({"session_secret": "wrong"}, "NOT_OWNER"),
        ({"session_secret": "\ud800"}, "NOT_OWNER"),
    ],
)
def test_given_credentials_are_always_checked(
    bob: Any, session: Any, in_force: Any, mode: str, change: Any, expected: str
) -> None:
    in_force(trust_mode=mode)
    assert code("inbox_pull", bob, agent_id="bob", **{**session, **change}) == expected


def test_the_checks_have_a_fixed_order(alice: Any, bob: Any, session: Any) -> None:
    Session.objects.update(closed_us=clock.now_us())
    wrong = {"session_id": "ses-bob", "session_secret": "wrong"}
    assert code("inbox_pull", alice, agent_id="alice", **wrong) == "NOT_OWNER"
    assert error("inbox_pull", bob, agent_id="bob", **wrong)["details"]["reason"] == "session_closed"


def test_a_session_without_secret_authorises_nothing(bob: Any, session: Any) -> None:
    Session.objects.update(secret_hash="")
    assert code("inbox_pull", bob, agent_id="bob", **session) == "NOT_OWNER"


def test_open_mode_lets_a_key_use_any_name(alice: Any, bob: Any) -> None:
    assert ok("inbox_count", alice, agent_id="bob")["unread"] == 0
    ok("inbox_pull", alice, agent_id="bob")


@pytest.mark.parametrize("name", READS)
def test_strict_reads_only_the_own_inbox(alice: Any, bob: Any, in_force: Any, name: str) -> None:
    in_force(trust_mode="strict")
    assert code(name, alice, agent_id="bob") == "NOT_OWNER"
    ok(name, bob, agent_id="bob")


def test_strict_binds_the_verbs_to_the_key(alice: Any, bob: Any, session: Any, in_force: Any, project: str) -> None:
    in_force(trust_mode="strict")
    arguments = {"project_root": project, "from_agent_id": "bob", "subject": "s", "body": "b"}
    assert code("inbox_pull", alice, agent_id="bob", **session) == "NOT_OWNER"
    assert code("agent_register", alice, agent_id="bob") == "NOT_OWNER"
    assert code("message_create", alice, **arguments) == "NOT_OWNER"


def test_strict_refuses_callers_that_are_no_agent(operator: Any, bob: Any, in_force: Any) -> None:
    in_force(trust_mode="strict")
    assert code("inbox_count", operator, agent_id="bob") == "NOT_OWNER"


def test_a_monitor_key_opens_no_inbox(bob: Any) -> None:
    monitor = Caller(Kind.MONITOR, "watch", read_only=True)
    assert code("inbox_peek", monitor, agent_id="bob") == "PERMISSION_DENIED"


@pytest.mark.parametrize("name", ["inbox_peek", "inbox_history", "inbox_count", "inbox_pull", "handoff_list_available"])
def test_a_person_of_no_group_reads_no_agents_inbox(name: str, bob: Any, project: str) -> None:
    stranger = Caller(Kind.USER, "guest", user_pk=1, auth="session")
    auditor = replace(stranger, flags=frozenset({"operator.read_all"}))
    given = {"agent_id": "bob", **({"project_root": project} if name.startswith("handoff") else {})}
    assert error(name, stranger, **given)["details"]["required_permission"] == "operator.read_all"
    assert ok(name, auditor, **given) is not None


def test_a_person_of_no_group_reads_no_artifact(alice: Any, project: str) -> None:
    made = ok("artifact_put", alice, project_root=project, artifact_type="text", content="private")
    stranger = Caller(Kind.USER, "guest", user_pk=1, auth="session")
    assert code("artifact_get", stranger, project_root=project, artifact_id=made["artifact_id"]) == "PERMISSION_DENIED"


def test_a_message_checks_arguments_before_credentials(bob: Any, session: Any, in_force: Any, project: str) -> None:
    in_force(trust_mode="strict")
    arguments = {"project_root": project, "from_agent_id": "bob", "subject": "s"}
    assert error("message_create", bob, **arguments)["details"]["field"] == "body"
    assert error("message_create", bob, **arguments, body="b")["details"]["reason"] == "credentials_missing"
    given = {"from_session_id": session["session_id"], "session_secret": session["session_secret"]}
    assert ok("message_create", bob, **arguments, body="b", **given)["from_session_id"] == "ses-bob"


def test_a_message_names_a_session_of_its_sender_even_in_open_mode(
    alice: Any, bob: Any, session: Any, project: str
) -> None:
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b"}
    assert code("message_create", alice, **arguments, from_session_id="ses-none") == "NOT_FOUND"
    assert code("message_create", alice, **arguments, from_session_id="ses-bob") == "NOT_OWNER"


def test_strict_hides_the_status_of_other_agents_messages(alice: Any, bob: Any, send: Any, in_force: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    in_force(trust_mode="strict")
    assert code("message_status", bob, message_id=message_id) == "NOT_FOUND"
    assert ok("message_status", alice, message_id=message_id)["count"] == 1
