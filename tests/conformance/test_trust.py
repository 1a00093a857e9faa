"""Trust mode: the eight sensitive verbs, each with every credential, and the name behind every call in strict mode."""

from collections.abc import Callable
from typing import Any

import pytest

from nexus.models import Event, Session
from pulse_project.core import flags
from pulse_project.core.principals import Caller, Kind
from tests.conftest import run
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db

EIGHT = [
    "handoff_cancel", "handoff_claim", "handoff_complete", "handoff_reject", "inbox_ack", "inbox_extend", "inbox_pull",
    "message_create",
]  # fmt: skip
ACTING = [
    "coordination_health", "event_cursor", "event_get", "event_wait", "handoff_create", "handoff_get",
    "handoff_list_available", "inbox_count", "inbox_history", "inbox_peek", "session_open", "agent_register",
]  # fmt: skip


@pytest.fixture
def attempt(valid: Any, alice: Any, bob: Any, open_session: Any) -> Callable[..., Any]:
    """`attempt(name, session, secret)` calls one of the eight with these credentials, as who may do it."""

    def attempted(name: str, session: str | None = None, secret: str | None = None, **over: Any) -> Any:
        who = alice if name == "handoff_cancel" else bob
        named = "from_session_id" if name == "message_create" else "session_id"
        given = {named: session, "session_secret": secret}
        arguments = {**valid[name], **{key: value for key, value in given.items() if value is not None}, **over}
        return run(name, who, **arguments)

    return attempted


@pytest.fixture
def opened(alice: Any, bob: Any, open_session: Any) -> dict[str, Any]:
    """Sessions of alice and bob, by agent id."""
    return {caller.name: open_session(caller) for caller in (alice, bob)}


def actor_of(name: str) -> str:
    return "alice" if name == "handoff_cancel" else "bob"


@pytest.mark.parametrize("mode", ["open", "strict"])
@pytest.mark.parametrize("name", EIGHT)
def test_own_credentials_open_every_sensitive_verb(
    name: str, mode: str, attempt: Any, opened: Any, in_force: Any
) -> None:
    in_force(trust_mode=mode)
    mine = opened[actor_of(name)]
    assert attempt(name, mine["session_id"], mine["session_secret"])["ok"]


@pytest.mark.parametrize("name", EIGHT)
def test_strict_refuses_every_sensitive_verb_without_credentials(
    name: str, attempt: Any, opened: Any, in_force: Any
) -> None:
    in_force(trust_mode="strict")
    session = opened[actor_of(name)]["session_id"]
    refused = [attempt(name)["error"], attempt(name, session)["error"], attempt(name, None, "secret")["error"]]
    assert {(one["code"], one["details"]["reason"]) for one in refused} == {("VALIDATION_ERROR", "credentials_missing")}


@pytest.mark.parametrize("mode", ["open", "strict"])
@pytest.mark.parametrize("name", EIGHT)
def test_a_wrong_credential_is_never_ignored(name: str, mode: str, attempt: Any, opened: Any, in_force: Any) -> None:
    in_force(trust_mode=mode)
    mine, other = opened[actor_of(name)], opened["bob" if actor_of(name) == "alice" else "alice"]
    assert attempt(name, mine["session_id"], "wrong")["error"]["code"] == "NOT_OWNER"
    assert attempt(name, other["session_id"], other["session_secret"])["error"]["code"] == "NOT_OWNER"
    assert attempt(name, "ses-unknown", mine["session_secret"])["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", EIGHT)
def test_a_refused_credential_leaves_nothing_behind(name: str, attempt: Any, opened: Any) -> None:
    before = Event.objects.count()
    attempt(name, opened[actor_of(name)]["session_id"], "wrong")
    assert Event.objects.count() == before


@pytest.mark.parametrize("name", EIGHT)
def test_a_closed_session_authorises_nothing(name: str, attempt: Any, opened: Any, alice: Any, bob: Any) -> None:
    mine = opened[actor_of(name)]
    ok("session_close", alice if actor_of(name) == "alice" else bob, session_id=mine["session_id"])
    refused = attempt(name, mine["session_id"], mine["session_secret"])["error"]
    assert (refused["code"], refused["details"]["reason"]) == ("VALIDATION_ERROR", "session_closed")


@pytest.mark.parametrize("name", EIGHT)
def test_a_secret_alone_is_refused_in_open_mode_too(name: str, attempt: Any) -> None:
    assert attempt(name, None, "secret")["error"]["details"]["reason"] == "credentials_missing"


@pytest.mark.parametrize("name", sorted(set(EIGHT) - {"message_create"}))
def test_credentials_are_judged_before_arguments(name: str, attempt: Any, in_force: Any) -> None:
    in_force(trust_mode="strict")
    assert attempt(name, project_root=None, no_such=1)["error"]["details"]["reason"] == "credentials_missing"


@pytest.mark.parametrize("name", [*EIGHT, *ACTING])
def test_strict_binds_every_actor_to_its_key(name: str, valid: Any, make_agent: Any, in_force: Any) -> None:
    in_force(trust_mode="strict")
    assert code(name, make_agent("mallory"), **valid[name]) == "NOT_OWNER"


@pytest.mark.parametrize("name", ["session_heartbeat", "session_close"])
def test_strict_binds_a_session_to_the_key_of_its_agent(name: str, valid: Any, make_agent: Any, in_force: Any) -> None:
    in_force(trust_mode="strict")
    assert code(name, make_agent("mallory"), **valid[name]) == "NOT_OWNER"
    assert Session.objects.filter(closed_us__isnull=False).count() == 0


@pytest.mark.parametrize("name", [*EIGHT, *ACTING])
def test_a_monitor_key_acts_for_nobody(name: str, valid: Any) -> None:
    monitor = Caller(Kind.MONITOR, "watch", flags=flags.declared())
    assert code(name, monitor, **valid[name]) == "PERMISSION_DENIED"


def test_the_secret_is_answered_once_and_stored_as_a_hash(opened: Any, bob: Any) -> None:
    secret = opened["bob"]["session_secret"]
    session = Session.objects.get(session_id=opened["bob"]["session_id"])
    assert secret not in str([getattr(session, field.attname) for field in Session._meta.fields])
    assert "session_secret" not in ok("session_heartbeat", bob, session_id=session.session_id)


def test_turning_strict_on_protects_at_once_and_off_again(attempt: Any, in_force: Any, opened: Any) -> None:
    assert attempt("inbox_pull")["ok"]
    in_force(trust_mode="strict")
    assert not attempt("inbox_pull")["ok"]
    in_force(trust_mode="open")
    assert attempt("inbox_pull")["ok"]


FLAGS = {
    "message_create": "messages.send_broadcast",
    "channel_create": "channels.create",
    "artifact_put": "artifacts.put",
    "handoff_create": "handoffs.create",
    "handoff_claim": "handoffs.work",
    "handoff_complete": "handoffs.work",
    "handoff_reject": "handoffs.work",
    "handoff_cancel": "handoffs.cancel",
    "event_get": "events.read",
    "event_wait": "events.read",
    "event_cursor": "events.read",
}


@pytest.mark.parametrize(("name", "flag"), FLAGS.items())
def test_a_missing_flag_is_named(name: str, flag: str, valid: Any) -> None:
    refused = error(name, Caller(Kind.AGENT, "bob"), **valid[name])
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_flags_are_those_of_the_key_and_not_of_the_named_agent(valid: Any, alice: Any) -> None:
    weak = Caller(Kind.AGENT, "weak")
    assert code("channel_create", weak, **valid["channel_create"]) == "PERMISSION_DENIED"
    refused = error("message_create", weak, **{**valid["message_create"], "from_agent_id": "alice"})
    assert refused["code"] == "PERMISSION_DENIED"


READS = [
    "agent_get", "agent_list", "agent_whoami", "artifact_get", "capability_list", "channel_list", "handoff_get",
    "inbox_count", "inbox_history", "inbox_peek", "message_status", "nexus_info", "workspace_list",
]  # fmt: skip


@pytest.mark.parametrize("name", READS)
def test_an_agent_without_any_flag_still_reads_what_is_its_own(name: str, valid: Any) -> None:
    assert ok(name, Caller(Kind.AGENT, "bob"), **valid[name]) is not None
