"""Who receives a group message, and what one identity may ask for."""

from collections.abc import Callable
from typing import Any

import pytest

from nexus.models import LaneCount, Message, Session
from pulse_project.core import clock, flags
from pulse_project.core.models import Agent
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def attend(workspace: Any) -> Callable[..., None]:
    """`attend("bob", silent_seconds=0)` opens a session whose last heartbeat was that long ago."""

    def opened(agent_id: str, *, silent_seconds: int = 0, closed: bool = False) -> None:
        at_us = clock.now_us() - silent_seconds * 1_000_000
        Session.objects.create(
            session_id=f"ses-{agent_id}-{silent_seconds}", agent=Agent.objects.get(agent_id=agent_id), started_us=at_us,
            workspace_id=workspace.pk, secret_hash="", last_heartbeat_us=at_us, closed_us=at_us if closed else None,
        )  # fmt: skip

    return opened


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"strategy": "capability", "capability": "py"}, ["bob"]),
        ({"strategy": "capability", "capability": ["py", "go"]}, ["bob"]),
        ({"strategy": "role", "role": "builder"}, ["carol"]),
        ({"strategy": "mixed", "rules": [{"strategy": "direct", "agent_id": "carol"},
                                         {"strategy": "role", "role": "reviewer"}]},
         ["bob", "carol"]),
        ({"strategy": "mixed", "rules": [{"strategy": "direct", "agent_id": "ghost"}]}, []),
    ],
)  # fmt: skip
def test_a_group_is_everybody_registered_that_matches_but_the_sender(
    alice: Any, bob: Any, carol: Any, send: Any, target: Any, expected: list[str]
) -> None:
    assert send(alice, target=target)["recipients"] == expected


@pytest.mark.parametrize("target", [None, {"strategy": "broadcast"}, {}])
def test_a_broadcast_reaches_those_present_and_names_the_silent(
    alice: Any, bob: Any, carol: Any, make_agent: Any, send: Any, attend: Any, target: Any
) -> None:
    make_agent("dave")
    for agent_id, silent in (("alice", 0), ("bob", 1799), ("bob", 5000), ("carol", 1801)):
        attend(agent_id, silent_seconds=silent)
    attend("dave", closed=True)
    sent = send(alice, target=target)
    assert (sent["recipients"], sent["excluded_stale"]) == (["bob"], ["carol"])
    assert sent["warning"]


def test_an_agent_that_registers_anew_is_matched_by_what_it_is_now(alice: Any, bob: Any, send: Any) -> None:
    assert send(alice, target={"strategy": "role", "role": "tester"})["recipients"] == []
    ok("agent_register", bob, agent_id="bob", role="tester")
    assert send(alice, target={"strategy": "role", "role": "tester"})["recipients"] == ["bob"]


def _restricted(make_agent: Any, **groups: Any) -> Any:
    document = flags.full_bus_permissions()
    for group, values in groups.items():
        document[group].update(values)
    return make_agent("restricted", bus_permissions=document)


@pytest.mark.parametrize(
    ("flag", "over"),
    [
        ("send_direct", {"target": {"strategy": "direct", "agent_id": "bob"}}),
        ("send_direct", {"target": {"strategy": "mixed", "rules": [{"strategy": "direct", "agent_id": "bob"}]}}),
        ("send_broadcast", {}),
        ("send_broadcast", {"target": {"strategy": "role", "role": "x"}}),
        ("send_channel", {"target": {"strategy": "direct", "agent_id": "bob"}, "channel_id": "chn1"}),
    ],
)
def test_each_way_of_sending_has_its_flag(bob: Any, make_agent: Any, project: str, flag: str, over: Any) -> None:
    caller = _restricted(make_agent, messages={flag: False})
    arguments = {"project_root": project, "from_agent_id": "restricted", "subject": "s", "body": "b", **over}
    failed = error("message_create", caller, **arguments)
    assert failed["code"] == "PERMISSION_DENIED"
    assert failed["details"]["required_permission"] == f"messages.{flag}"


def test_allowed_peers_bound_direct_and_group_messages(
    bob: Any, carol: Any, make_agent: Any, send: Any, project: str
) -> None:
    caller = _restricted(make_agent, messages={"allowed_peers": ["bob"]})
    sent = send(
        caller,
        target={"strategy": "mixed", "rules": [{"strategy": "role", "role": r} for r in ("reviewer", "builder")]},
    )
    assert (sent["recipients"], sent["excluded_peers"]) == (["bob"], ["carol"])
    arguments = {"project_root": project, "from_agent_id": "restricted", "subject": "s", "body": "b"}
    assert (
        code("message_create", caller, target={"strategy": "direct", "agent_id": "carol"}, **arguments)
        == "PERMISSION_DENIED"
    )


def test_max_recipients_refuses_larger_groups(alice: Any, bob: Any, carol: Any, make_agent: Any, project: str) -> None:
    caller = _restricted(make_agent, limits={"max_recipients": 1})
    arguments = {"project_root": project, "from_agent_id": "restricted", "subject": "s", "body": "b"}
    assert (
        code("message_create", caller, target={"strategy": "role", "role": "builder"}, **arguments)
        == "PERMISSION_DENIED"
    )
    assert not Message.objects.exists()


def test_messages_per_minute_are_counted_per_identity(bob: Any, make_agent: Any, send: Any, project: str) -> None:
    caller = _restricted(make_agent, limits={"messages_per_minute": 2})
    send(caller, to="bob")
    send(caller, to="bob")
    arguments = {"project_root": project, "from_agent_id": "restricted", "subject": "s", "body": "b"}
    failed = error("message_create", caller, target={"strategy": "direct", "agent_id": "bob"}, **arguments)
    assert failed["code"] == "RATE_LIMITED"
    assert failed["details"]["retry_after_seconds"] >= 1


def test_a_full_inbox_refuses_direct_and_is_left_out_of_groups(alice: Any, bob: Any, send: Any, project: str) -> None:
    LaneCount.objects.create(agent_id="bob", unread=10_000)
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b"}
    assert (
        code("message_create", alice, target={"strategy": "direct", "agent_id": "bob"}, **arguments) == "RATE_LIMITED"
    )
    assert send(alice, target={"strategy": "role", "role": "reviewer"})["excluded_full"] == ["bob"]
