"""The event log: which events there are, on which stream, for whom and with what; and that nothing else makes one."""

from typing import Any

import pytest

from nexus import feed, topics
from nexus.models import Event
from tests.conftest import run
from tests.nexus.calls import code, ok

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(project: str) -> Any:
    """`told(caller, stream)` answers what that agent sees of the stream."""

    def seen(caller: Any, stream: str = "workspace", **over: Any) -> Any:
        arguments = {"project_root": project, "agent_id": caller.name, "stream": stream, "limit": 1000, **over}
        return ok("event_get", caller, **arguments)["events"]

    return seen


def kinds(events: Any) -> list[tuple[str, str | None]]:
    return [(event["type"], event["actor_agent_id"]) for event in events]


def test_a_session_tells_the_workspace_stream(place: Any, bob: Any, carol: Any, open_session: Any, told: Any) -> None:
    session_id = open_session(bob)["session_id"]
    ok("session_heartbeat", bob, session_id=session_id)
    for _ in range(2):
        ok("session_close", bob, session_id=session_id)
    events = told(carol)
    assert kinds(events) == [(f"session.{step}", "bob") for step in ("opened", "heartbeat", "closed")]
    assert {event["payload"]["session_id"] for event in events} == {session_id}


def test_a_silent_session_is_reaped_with_its_reason(
    place: Any, bob: Any, carol: Any, open_session: Any, told: Any, hand: Any
) -> None:
    silent = open_session(bob)["session_id"]
    hand.advance(86_401)
    open_session(carol)
    (reaped,) = told(carol, filters={"type": "session.reaped"})
    assert reaped["payload"] == {"session_id": silent, "agent_id": "bob", "reason": "stale"}
    assert ok("session_heartbeat", bob, session_id=silent)["status"] == "closed"


def test_a_broadcast_is_public_and_a_direct_message_is_between_two(
    place: Any, alice: Any, bob: Any, carol: Any, send: Any, told: Any
) -> None:
    public, direct = send(alice), send(alice, to="bob")
    assert [event["event_id"] for event in told(carol)] == [public["event_id"]]
    both = [public["event_id"], direct["event_id"]]
    assert [event["event_id"] for event in told(bob)] == both == [event["event_id"] for event in told(alice)]


def test_a_message_event_names_the_message_and_not_its_body(place: Any, alice: Any, send: Any, told: Any) -> None:
    message = send(alice, subject="news", body="secret body")
    (event,) = told(alice)
    assert event["payload"] == {"message_id": message["message_id"], "subject": "news"}
    assert (event["type"], event["actor_agent_id"], event["stream"]) == ("message.created", "alice", "workspace")


def test_the_steps_of_a_delivery_are_for_sender_and_recipient(
    place: Any, alice: Any, bob: Any, carol: Any, send: Any, told: Any
) -> None:
    message_id = send(alice, to="bob")["message_id"]
    ok("inbox_pull", bob, agent_id="bob")
    ok("inbox_ack", bob, agent_id="bob", message_ids=message_id)
    steps = [("message.created", "alice"), ("message.delivered", "bob"), ("message.read", "bob")]
    assert kinds(told(alice)) == steps == kinds(told(bob))
    assert kinds(told(carol)) == []


def test_an_artifact_tells_the_workspace_stream(place: Any, alice: Any, bob: Any, project: str, told: Any) -> None:
    put = ok("artifact_put", alice, project_root=project, artifact_type="text", content="body", name="n")
    (event,) = told(bob)
    assert (event["type"], event["stream"], event["payload"]["artifact_id"]) == (
        "artifact.created", "workspace", put["artifact_id"],
    )  # fmt: skip
    assert "body" not in str(event)


def test_a_handoff_tells_its_own_stream_all_its_life(
    place: Any, project: str, alice: Any, bob: Any, offer: Any, told: Any
) -> None:
    at = {"project_root": project}
    as_bob = {**at, "agent_id": "bob", "handoff_id": offer()["handoff_id"]}
    ok("handoff_claim", bob, **as_bob)
    ok("handoff_complete", bob, **as_bob, result="done")
    ok("handoff_reject", bob, **{**as_bob, "handoff_id": offer(to="bob")["handoff_id"]}, reason="no time")
    ok("handoff_cancel", alice, **at, agent_id="alice", handoff_id=offer()["handoff_id"], reason="not needed")
    assert kinds(told(alice, "handoff")) == [
        ("handoff.created", "alice"), ("handoff.claimed", "bob"), ("handoff.completed", "bob"),
        ("handoff.created", "alice"), ("handoff.rejected", "bob"),
        ("handoff.created", "alice"), ("handoff.cancelled", "alice"),
    ]  # fmt: skip
    assert told(alice, "handoff")[-1]["payload"]["reason"] == "not needed"
    assert not [event for event in told(alice) if event["type"].startswith("handoff.")]


def test_a_handoff_event_carries_its_id_and_never_the_work(
    place: Any, project: str, alice: Any, bob: Any, offer: Any, told: Any
) -> None:
    handoff_id = offer(payload="secret work")["handoff_id"]
    as_bob = {"project_root": project, "agent_id": "bob", "handoff_id": handoff_id}
    ok("handoff_claim", bob, **as_bob)
    ok("handoff_complete", bob, **as_bob, result="secret result")
    events = told(alice, "handoff", filters={"handoff_id": handoff_id})
    assert {event["handoff_id"] for event in events} == {handoff_id} == {e["payload"]["handoff_id"] for e in events}
    assert "secret" not in str(events)


def test_what_only_names_and_finds_makes_no_event(project: str, alice: Any, bob: Any) -> None:
    at = {"project_root": project}
    ok("workspace_resolve", alice, **at)
    ok("channel_create", alice, **at, name="news")
    ok("channel_list", alice, **at)
    ok("agent_register", alice, agent_id="alice")
    ok("inbox_pull", bob, agent_id="bob")
    ok("inbox_ack", bob, agent_id="bob", message_ids="msg-unknown")
    assert not Event.objects.exists()


def test_refused_calls_burn_no_number(valid: Any, alice: Any, bob: Any, send: Any) -> None:
    before = send(alice, to="bob")["event_id"]
    for name, arguments in valid.items():
        run(name, bob, **{**arguments, "project_root": "/nowhere", "session_id": "ses-none", "agent_id": "\x00"})
    run("message_create", alice, **{**valid["message_create"], "target": {"strategy": "direct", "agent_id": "ghost"}})
    assert send(alice, to="bob")["event_id"] == before + 1


def test_a_refused_write_leaves_no_workspace_behind(project: str, alice: Any) -> None:
    refused = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b"}
    assert code("message_create", alice, **refused, target={"strategy": "direct", "agent_id": "ghost"}) == "NOT_FOUND"
    assert ok("workspace_list", alice)["workspaces"] == []


@pytest.mark.parametrize("spoilt", ["", "[", "[[1]]", "5", '{"a": 1}', '[["*", "x"]]', "null"])
def test_a_spoilt_row_is_nobodys_and_stops_nobody(
    spoilt: str, place: Any, alice: Any, bob: Any, send: Any, told: Any
) -> None:
    first, second = (send(alice)["event_id"] for _ in range(2))
    Event.objects.filter(seq=first).update(audience=spoilt, payload="{")
    assert [event["event_id"] for event in told(bob, filters={"agent_id": "alice"})] == [second]
    assert [event["payload"] is None for event in told(bob)] == [True, False]
    assert [entry.seq for entry in feed.BusSource().read_after(0, 10)] == [first, second]
    assert topics.frame(feed.BusSource().read_after(0, 1)[0])["data"]["event_id"] == first


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_hold_every_visible_event_once(
    limit: int, place: Any, alice: Any, bob: Any, send: Any, told: Any
) -> None:
    sent = [send(alice, to=to)["event_id"] for to in ("bob", None, "alice", "bob", None, "alice", "bob")]
    visible = [number for number, to in zip(sent, "b.ab.ab", strict=True) if to != "a"]
    found, cursor, more = [], 0, True
    while more:
        page = ok(
            "event_get", bob, project_root=place["root_realpath"], agent_id="bob", stream="workspace",
            cursor=cursor, limit=limit,
        )  # fmt: skip
        found += [event["event_id"] for event in page["events"]]
        cursor, more = page["next_cursor"], page["has_more"]
    assert found == visible
    assert cursor == sent[-1]


def test_a_page_has_a_hundred_events_by_default_and_a_thousand_at_most(
    place: Any, alice: Any, open_session: Any, project: str
) -> None:
    session_id = open_session(alice)["session_id"]
    for _ in range(120):
        ok("session_heartbeat", alice, session_id=session_id)
    given = {"project_root": project, "agent_id": "alice", "stream": "workspace"}
    first = ok("event_get", alice, **given)
    assert (len(first["events"]), first["has_more"]) == (100, True)
    assert len(ok("event_get", alice, **given, limit=10**9)["events"]) == 121


def test_an_unknown_filter_is_refused_by_name(place: Any, alice: Any, project: str) -> None:
    given = {"project_root": project, "agent_id": "alice", "stream": "workspace"}
    assert code("event_get", alice, **given, filters={"actor_agent_id": "bob"}) == "VALIDATION_ERROR"
    assert code("event_get", alice, **given, filters=["type"]) == "VALIDATION_ERROR"


@pytest.mark.parametrize("stream", ["task", "session", "Workspace", "handoffs", "", " workspace", "*"])
def test_only_three_streams_are_streams(stream: str, place: Any, alice: Any, project: str) -> None:
    given = {"project_root": project, "agent_id": "alice", "stream": stream}
    assert {code(name, alice, **given) for name in ("event_get", "event_wait", "event_cursor")} == {"INVALID_STREAM"}
