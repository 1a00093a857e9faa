"""What operators and monitors read of the bus."""

from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from nexus.models import Handoff, Lane, Session
from pulse_project.core import clock
from pulse_project.core.models import Agent
from pulse_project.core.principals import Caller, Kind
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def monitor() -> Caller:
    return Caller(Kind.MONITOR, "monitor", flags=frozenset({"operator.observe"}), read_only=True)


def handoff(workspace: Any, name: str, **over: Any) -> Handoff:
    fields = {
        "from_agent_id": "alice",
        "target": '{"strategy": "broadcast"}',
        "visibility": 0,
        "payload": "secret work",
    }
    return Handoff.objects.create(handoff_id=name, workspace=workspace, **(fields | over))


def test_the_graph_shows_every_agent_with_its_inbox(operator: Any, deliver: Any) -> None:
    Agent.objects.create(agent_id="bob")
    deliver("alice", "bob")
    (node,) = run("graph", operator)["data"]["nodes"]
    assert (node["agent_id"], node["presence"], node["inbox"]["unread"]) == ("bob", "offline", 1)


def test_a_fresh_heartbeat_makes_an_agent_present(operator: Any, workspace: Any) -> None:
    agent = Agent.objects.create(agent_id="bob")
    Session.objects.create(session_id="ses1", agent=agent, workspace=workspace, secret_hash="")
    (node,) = run("graph", operator)["data"]["nodes"]
    assert (node["presence"], node["sessions"]) == ("present", 1)


@pytest.mark.parametrize(("age", "word"), [(59, "present"), (61, "stale"), (1801, "offline")])
def test_presence_ages_with_the_heartbeat(operator: Any, workspace: Any, age: int, word: str) -> None:
    agent = Agent.objects.create(agent_id="bob")
    heartbeat = clock.now_us() - age * 1_000_000
    Session.objects.create(session_id="ses1", agent=agent, workspace=workspace, last_heartbeat_us=heartbeat)
    assert run("admin_session_list", operator)["data"]["items"][0]["presence"] == word


def test_an_edge_counts_the_messages_of_the_window(operator: Any, deliver: Any) -> None:
    deliver("alice", "bob")
    (edge,) = run("graph", operator)["data"]["edges"]["messages"]
    assert (edge["from"], edge["to"], edge["count"], edge["in_flight"]["unread"]) == ("alice", "bob", 1, 1)


def test_the_graph_of_another_workspace_has_no_edges(operator: Any, deliver: Any) -> None:
    deliver("alice", "bob")
    edges = run("graph", operator, workspace="b" * 64)["data"]["edges"]
    assert edges == {"messages": [], "handoffs": []}


def test_the_graph_draws_live_handoffs_only(operator: Any, workspace: Any) -> None:
    handoff(workspace, "hdf1")
    handoff(workspace, "hdf2", status="CLAIMED", claimed_by="bob", lease_us=clock.now_us())
    handoff(workspace, "hdf3", status="COMPLETED")
    edges = run("graph", operator)["data"]["edges"]["handoffs"]
    assert [row["handoff_id"] for row in edges] == ["hdf2", "hdf1"]


def test_handoff_rows_never_carry_the_payload(operator: Any, workspace: Any) -> None:
    handoff(workspace, "hdf1")
    assert "secret work" not in str(run("admin_handoff_list", operator))


def test_messages_come_with_previews_and_lanes(operator: Any, deliver: Any) -> None:
    deliver("alice", "bob", body="x" * 500, lane=Lane.PARKED)
    (item,) = run("admin_message_list", operator)["data"]["items"]
    assert (len(item["preview"]), item["deliveries"][0]["status"]) == (160, "parked")
    assert "body" not in item


@pytest.mark.parametrize(
    ("filters", "subjects"),
    [
        ({}, ["3", "2", "1"]),
        ({"agent": "carol"}, ["3", "2"]),
        ({"agent": "alice", "peer": "bob"}, ["1"]),
        ({"lane": "read"}, ["2"]),
        ({"workspace": "b" * 64}, []),
        ({"page": 2, "page_size": 2}, ["1"]),
        ({"until": "2000-01-01"}, []),
        ({"undelivered": True}, []),
    ],
)
def test_messages_are_filtered(operator: Any, deliver: Any, filters: dict[str, Any], subjects: list[str]) -> None:
    deliver("alice", "bob", subject="1")
    deliver("alice", "carol", subject="2", lane=Lane.READ)
    deliver("carol", "alice", subject="3")
    page = run("admin_message_list", operator, **filters)["data"]
    assert [item["subject"] for item in page["items"]] == subjects


@pytest.mark.parametrize("filters", [{"lane": "lost"}, {"since": "yesterday"}])
def test_a_filter_that_makes_no_sense_is_named(operator: Any, db: None, filters: dict[str, str]) -> None:
    error = run("admin_message_list", operator, **filters)["error"]
    assert (error["code"], error["details"]["field"]) == ("INVALID_PARAM", next(iter(filters)))


def test_a_page_of_messages_takes_the_same_queries_whatever_it_holds(operator: Any, deliver: Any) -> None:
    from django.db import connection

    counts = []
    for number in range(2):
        for _ in range(1 + 20 * number):
            deliver("alice", "bob")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run("admin_message_list", operator)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_peers_are_listed_newest_first_with_both_directions(operator: Any, deliver: Any) -> None:
    deliver("alice", "bob"), deliver("carol", "alice")
    data = run("admin_peer_list", operator, agent="alice")["data"]
    assert [(item["peer"], item["count"]) for item in data["items"]] == [("carol", 1), ("bob", 1)]


def test_events_are_paged_by_cursor(operator: Any, log: Any) -> None:
    log(), log(), log()
    page = run("admin_event_list", operator, after=1, limit=1)["data"]
    assert ([item["event_id"] for item in page["items"]], page["next_cursor"]) == ([2], 2)


def test_an_unknown_stream_is_refused(operator: Any, db: None) -> None:
    assert run("admin_event_list", operator, stream="task")["error"]["code"] == "INVALID_STREAM"


def test_a_monitor_key_reads_previews_but_no_bodies(monitor: Caller, deliver: Any) -> None:
    deliver("alice", "bob")
    assert run("admin_message_list", monitor)["ok"]
    error = run("admin_message_list", monitor, include_body=True)["error"]
    assert error["details"]["required_permission"] == "operator.read_all"


@pytest.mark.parametrize(
    "name", ["graph", "admin_message_list", "admin_handoff_list", "admin_session_list", "admin_event_list"]
)
def test_an_agent_key_sees_only_through_its_own_tools(make_agent: Any, name: str) -> None:
    assert run(name, make_agent("alice"))["error"]["code"] == "PERMISSION_DENIED"
