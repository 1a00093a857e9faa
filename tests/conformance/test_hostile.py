"""What an attacker with a key, an agent in a loop and a tired operator try next."""

from dataclasses import replace
from typing import Any

import pytest

from nexus.models import Audience, Channel, Event, Handoff, Message, Session, Workspace
from pulse_project.core import clock
from pulse_project.core.models import Agent
from pulse_project.core.operations import MCP, REGISTRY
from tests.conformance.test_wrong_input import NASTY
from tests.conftest import run
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db

OPERATOR_OPERATIONS = sorted(
    name
    for name, operation in REGISTRY.items()
    if MCP not in operation.surfaces and operation.catalog.name == "nexus" and name != "admin_reset"
)
ODD: list[Any] = [
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01", 10**18, 2**63 - 1,
    {"messages": {"allowed_peers": 5}}, {"messages": 5}, {"limits": {"max_recipients": -1}}, {"nope": {}},
    {"events": {"read": 1}}, {"trust_mode": None}, {"max_event_limit": 10**30}, {"max_event_limit": True}, "0" * 64,
]  # fmt: skip


@pytest.mark.parametrize("name", OPERATOR_OPERATIONS)
def test_no_argument_of_an_operator_is_too_much(
    name: str, operator: Any, alice: Any, bob: Any, send: Any, open_session: Any
) -> None:
    confirmed = replace(operator, confirmed_us=clock.now_us(), auth="session")
    send(alice, to="bob")
    known = {
        "agent_id": "bob", "session_id": open_session(bob)["session_id"], "delivery_id": "dlv1", "handoff_id": "hof",
        "preset_id": "builtin:full", "key_id": 1, "agent": "alice", "values": {"max_event_limit": 100}, "name": "n",
        "seconds": 5,
    }  # fmt: skip
    properties = REGISTRY[name].input_schema.get("properties", {})
    given = {field: value for field, value in known.items() if field in properties}
    values = [value for value in [*NASTY, *ODD] if "\\x00" not in repr(value)]  # the parser lets no NUL in
    tried = [(field, value) for field in properties for value in values]
    answers = [run(name, confirmed, **{**given, field: value}) for field, value in tried]
    codes = {answer["error"]["code"] for answer in answers if not answer["ok"]}
    assert codes.isdisjoint({"INTERNAL_ERROR", "DB_ERROR"})


LOOKALIKES = ["bob ", " bob", "bob\n", "bo\u200bb", "bob\u202e", "bob\x1b[31m", "e\u0301ve", "\u2028", "bob\x00"]


@pytest.mark.parametrize("name", LOOKALIKES)
def test_nobody_acts_under_a_name_that_only_looks_like_one(name: str, alice: Any, bob: Any, project: str) -> None:
    sent = {"project_root": project, "from_agent_id": name, "subject": "s", "body": "b"}
    assert code("message_create", alice, **sent) == "VALIDATION_ERROR"
    assert code("agent_register", alice, agent_id=name) == "VALIDATION_ERROR"


@pytest.mark.parametrize("name", ["operator", "Operator", "system", "local", "local-operator", "human:boss"])
def test_no_agent_speaks_as_a_person_or_as_pulse(name: str, alice: Any, valid: Any) -> None:
    sent = {**valid["message_create"], "from_agent_id": name}
    refused = error("message_create", alice, **sent)
    assert (refused["code"], refused["details"]["reason"]) == ("NOT_OWNER", "reserved_name")
    assert {code(tool, alice, agent_id=name) for tool in ("inbox_peek", "agent_register")} == {"NOT_OWNER"}
    assert not Agent.objects.filter(agent_id=name).exists()


def test_the_operator_agent_itself_uses_its_name(make_agent: Any, valid: Any) -> None:
    assert ok("message_create", make_agent("operator"), **{**valid["message_create"], "from_agent_id": "operator"})


def test_an_agent_cannot_make_itself_more(alice: Any) -> None:
    for over in ({"is_operator": True}, {"permissions": {}}, {"preset_id": "builtin:full"}, {"is_active": True}):
        assert code("agent_register", alice, agent_id="alice", **over) == "VALIDATION_ERROR"
    ok("agent_register", alice, agent_id="alice", metadata={"permissions": {"messages": {"send_direct": True}}})
    stored = Agent.objects.get(agent_id="alice")
    assert (stored.is_operator, stored.bus_preset) == (False, None)


def test_what_a_foreign_workspace_holds_stays_there(valid: Any, alice: Any, bob: Any, tmp_path: Any) -> None:
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = {"project_root": str(other)}
    found = {
        name: code(name, alice if name == "handoff_cancel" else bob, **{**valid[name], **elsewhere})
        for name in ("handoff_get", "handoff_claim", "handoff_complete", "handoff_reject", "handoff_cancel")
    }
    assert set(found.values()) == {"WORKSPACE_MISMATCH"}
    assert code("artifact_get", bob, **{**valid["artifact_get"], **elsewhere}) == "NOT_FOUND"


def test_a_mismatch_tells_nothing_of_the_row(valid: Any, bob: Any, tmp_path: Any, offer: Any) -> None:
    other = tmp_path / "other"
    other.mkdir()
    handoff_id = offer(payload="secret")["handoff_id"]
    refused = error("handoff_get", bob, project_root=str(other), agent_id="bob", handoff_id=handoff_id)
    assert "secret" not in str(refused)
    assert "alice" not in str(refused)


def test_another_workspaces_session_is_a_mismatch(valid: Any, bob: Any, tmp_path: Any) -> None:
    other = tmp_path / "other"
    other.mkdir()
    there = ok("workspace_resolve", bob, project_root=str(other))["workspace_id"]
    session = valid["session_heartbeat"]
    for name in ("session_heartbeat", "session_close"):
        assert code(name, bob, **session, workspace_id=there) == "WORKSPACE_MISMATCH"
        assert code(name, bob, **session, workspace_id="") == "WORKSPACE_MISMATCH"


def test_two_names_of_one_folder_are_one_workspace(project: str, bob: Any, tmp_path: Any) -> None:
    (tmp_path / "link").symlink_to(project)
    spellings = [project, f"{project}/", f"{project}/.", f"{project}/../project", str(tmp_path / "link")]
    ids = {ok("workspace_resolve", bob, project_root=spelling)["workspace_id"] for spelling in spellings}
    assert len(ids) == 1
    assert Workspace.objects.count() == 1


@pytest.mark.parametrize("root", ["relative", ".", "~", "//", "/", "/dev", "", " ", "a\x00", "x" * 9000])
def test_no_other_folder_is_taken_in_place_of_a_wrong_one(root: str, bob: Any) -> None:
    assert code("workspace_resolve", bob, project_root=root) in {"VALIDATION_ERROR", "WORKSPACE_UNRESOLVED"}
    assert not Workspace.objects.exists()


def test_a_repeated_key_sends_once_and_another_body_is_refused(valid: Any, bob: Any) -> None:
    sent = {**valid["message_create"], "idempotency_key": "k"}
    first, again = (ok("message_create", bob, **sent) for _ in range(2))
    before = Message.objects.count()
    assert first == again
    assert code("message_create", bob, **{**sent, "body": "other"}) == "IDEMPOTENCY_CONFLICT"
    assert Message.objects.count() == before


def test_a_key_of_another_caller_or_verb_is_another_key(valid: Any, alice: Any, bob: Any) -> None:
    sent = {**valid["message_create"], "idempotency_key": "k"}
    assert ok("message_create", alice, **sent)["message_id"] != ok("message_create", bob, **sent)["message_id"]
    assert ok("channel_create", bob, **valid["channel_create"], idempotency_key="k")["created"] is True


def test_a_replayed_session_keeps_its_secret(valid: Any, bob: Any) -> None:
    given = {**valid["session_open"], "idempotency_key": "k"}
    first, again = (ok("session_open", bob, **given) for _ in range(2))
    assert (again["session_id"], again["session_secret"], again["replayed"]) == (first["session_id"], None, True)


def test_a_refused_call_may_be_repeated_with_its_key(valid: Any, bob: Any, make_agent: Any) -> None:
    target = {"strategy": "direct", "agent_id": "late"}
    sent = {**valid["message_create"], "target": target, "idempotency_key": "k"}
    assert code("message_create", bob, **sent) == "NOT_FOUND"
    make_agent("late")
    assert ok("message_create", bob, **sent)["recipients"] == ["late"]


def test_claiming_and_losing_for_ever_leaves_one_handoff(
    alice: Any, bob: Any, offer: Any, project: str, hand: Any
) -> None:
    handoff_id = offer()["handoff_id"]
    as_bob = {"project_root": project, "agent_id": "bob", "handoff_id": handoff_id}
    epochs = []
    for _ in range(20):
        epochs.append(ok("handoff_claim", bob, **as_bob)["claim_epoch"])
        hand.advance(301)
    assert epochs == list(range(1, 21))
    assert Handoff.objects.count() == 1
    assert Audience.objects.filter(stream=9).count() == 0


def test_an_expiry_is_told_once_per_claim(alice: Any, bob: Any, offer: Any, project: str, hand: Any) -> None:
    at = {"project_root": project, "agent_id": "bob", "handoff_id": offer()["handoff_id"]}
    for _ in range(3):
        ok("handoff_claim", bob, **at)
        hand.advance(301)
        for _ in range(3):
            assert ok("handoff_get", bob, **at)["status"] == "OPEN"
    assert Event.objects.filter(type="handoff.expired").count() == 3


@pytest.mark.parametrize(("ago", "status"), [(300, "CLAIMED"), (300.000001, "OPEN")])
def test_a_lease_that_ends_now_still_holds(
    ago: float, status: str, bob: Any, offer: Any, project: str, hand: Any
) -> None:
    at = {"project_root": project, "agent_id": "bob", "handoff_id": offer()["handoff_id"]}
    ok("handoff_claim", bob, **at)
    hand.advance(ago)
    assert ok("handoff_get", bob, **at)["status"] == status


def test_heartbeats_without_end_keep_one_session(bob: Any, open_session: Any, hand: Any) -> None:
    session_id = open_session(bob)["session_id"]
    for _ in range(50):
        hand.advance(1000)
        assert ok("session_heartbeat", bob, session_id=session_id)["status"] == "active"
    assert Session.objects.filter(closed_us__isnull=True).count() == 1


def test_registering_the_same_for_ever_changes_nothing(alice: Any) -> None:
    from pulse_project.core.models import DomainEvent

    profile = {"agent_id": "zoe", "role": "r", "capabilities": ["c"], "metadata": {"n": 1}}
    first = ok("agent_register", alice, **profile)
    heard = DomainEvent.objects.count()
    assert [ok("agent_register", alice, **profile)["updated_at"] for _ in range(5)] == [first["updated_at"]] * 5
    assert DomainEvent.objects.count() == heard
    assert ok("agent_register", alice, **{**profile, "metadata": {"n": True}})["metadata"] == {"n": True}


def test_looking_at_channels_makes_one(project: str, bob: Any) -> None:
    for _ in range(5):
        ok("channel_list", bob, project_root=project)
    assert list(Channel.objects.values_list("name", flat=True)) == ["general"]


@pytest.mark.parametrize("name", ["", " ", "\t", "x" * 65, "a\nb", "a\x00b", "a\u202eb", "e\u0301"])
def test_a_channel_has_a_name_that_can_be_read(name: str, project: str, bob: Any) -> None:
    assert code("channel_create", bob, project_root=project, name=name) == "VALIDATION_ERROR"


def test_a_channel_name_is_trimmed_and_compared_exactly(project: str, bob: Any) -> None:
    names = [" news ", "news", "News", "x" * 64]
    made = [ok("channel_create", bob, project_root=project, name=name) for name in names]
    assert [one["created"] for one in made] == [True, False, True, True]


def test_a_deleted_agent_is_nobody_at_once(alice: Any, bob: Any, operator: Any, send: Any) -> None:
    send(alice, to="bob")
    confirmed = replace(operator, confirmed_us=clock.now_us(), auth="session")
    assert code("admin_agent_delete", confirmed, agent_id="bob") == "CONFLICT"
    ok("admin_agent_delete", confirmed, agent_id="bob", force=True)
    target = {"strategy": "mixed", "rules": [{"strategy": "direct", "agent_id": "bob"}]}
    assert send(alice, target=target)["recipients"] == []
