"""Sending and receiving, where the sentences of the public text go further than the tests of the parts."""

import json
from typing import Any

import pytest

from nexus.models import LaneCount, MessageDelivery
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db


def pull(caller: Any, **over: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok("inbox_pull", caller, agent_id=caller.name, **over)["messages"]
    return found


@pytest.mark.parametrize("seconds", [1, 7200])
def test_the_lease_of_the_setting_is_not_clamped(
    seconds: int, alice: Any, bob: Any, send: Any, hand: Any, in_force: Any
) -> None:
    in_force(inbox_lease_ttl_seconds=seconds)
    send(alice, to="bob")
    pull(bob)
    hand.advance(seconds)
    assert ok("inbox_count", bob, agent_id="bob")["in_flight"] == 1
    hand.advance(0.000001)
    assert ok("inbox_count", bob, agent_id="bob")["unread"] == 1


@pytest.mark.parametrize("name", ["inbox_pull", "inbox_peek", "inbox_history"])
def test_a_page_has_fifty_messages_by_default_and_two_hundred_at_most(
    name: str, alice: Any, bob: Any, send: Any
) -> None:
    ids = [send(alice, to="bob")["message_id"] for _ in range(251)]
    if name == "inbox_history":
        ok("inbox_ack", bob, agent_id="bob", message_ids=ids)
    assert len(ok(name, bob, agent_id="bob")["messages"]) == 50
    assert len(ok(name, bob, agent_id="bob", limit=201)["messages"]) == 200


def test_a_parked_message_is_in_no_lane_and_cannot_be_acknowledged(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    for _ in range(6):
        pull(bob)
        hand.advance(301)
    assert ok("inbox_count", bob, agent_id="bob") == {"unread": 0, "in_flight": 0, "read": 0}
    assert ok("inbox_ack", bob, agent_id="bob", message_ids=message_id)["acknowledged"] == 0
    assert ok("inbox_peek", bob, agent_id="bob", include_parked=True)["messages"][0]["status"] == "parked"


def test_an_extended_message_costs_no_attempt(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    pull(bob)
    for _ in range(10):
        hand.advance(200)
        ok("inbox_extend", bob, agent_id="bob", message_ids=message_id, extend_seconds=300)
    assert ok("message_status", alice, message_id=message_id)["deliveries"] == [
        {"recipient": "bob", "status": "delivered", "attempts": 1, "read_at": None}
    ]


def test_one_foreign_id_extends_nothing(alice: Any, bob: Any, carol: Any, send: Any, hand: Any) -> None:
    mine, theirs = send(alice, to="bob")["message_id"], send(alice, to="carol")["message_id"]
    (held,) = pull(bob)
    hand.advance(100)
    wanted = {"message_ids": [mine, theirs, "msg-unknown"], "extend_seconds": 600}
    reasons = error("inbox_extend", bob, agent_id="bob", **wanted)["details"]["reasons"]
    assert reasons == {theirs: "not_in_your_inbox", "msg-unknown": "not_in_your_inbox"}
    assert ok("inbox_peek", bob, agent_id="bob")["messages"][0]["lease_expires_at"] == held["lease_expires_at"]


@pytest.mark.parametrize("cursor", ["50", "0", "-1", "", "x" * 500, "é", "AAAA", "null"])
def test_a_numeric_or_made_up_history_cursor_is_refused_with_advice(cursor: str, bob: Any) -> None:
    refused = error("inbox_history", bob, agent_id="bob", cursor=cursor)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "cursor")
    assert "next_cursor" in refused["message"]


def test_a_group_is_reached_whatever_its_presence_and_workspace(alice: Any, bob: Any, send: Any) -> None:
    assert send(alice, target={"strategy": "role", "role": "reviewer"})["recipients"] == ["bob"]
    assert send(alice, target={"strategy": "capability", "capability": "py"})["recipients"] == ["bob"]


@pytest.mark.parametrize("strategy", ["DIRECT", " direct ", "Direct"])
def test_a_strategy_is_read_in_any_case_and_echoed_as_given(strategy: str, alice: Any, bob: Any, send: Any) -> None:
    target = {"strategy": strategy, "agent_id": "bob", "note": "kept"}
    assert send(alice, target=target)["target"] == target
    assert pull(bob)[0]["target"] == target


@pytest.mark.parametrize("key", ["strategy", "kind"])
@pytest.mark.parametrize("spelling", ["direct_with_fallback", "direct-with-fallback", "Direct With Fallback"])
def test_a_message_has_no_fallback_however_it_is_spelt(key: str, spelling: str, alice: Any, project: str) -> None:
    target = {key: spelling, "agent_id": "alice", "fallback_after_seconds": 1}
    sent = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b"}
    assert code("message_create", alice, **sent, target=target) == "VALIDATION_ERROR"
    assert code("message_create", alice, **sent, target={"kind": "mixed", "rules": [target]}) == "VALIDATION_ERROR"


def test_a_broadcast_never_reaches_its_sender_nor_names_it_as_silent(
    alice: Any, bob: Any, open_session: Any, send: Any, hand: Any
) -> None:
    open_session(alice)
    open_session(bob)
    hand.advance(1801)
    sent = send(alice)
    assert (sent["recipients"], sent["excluded_stale"], sent["delivered_count"]) == ([], ["bob"], 0)
    assert sent["warning"]


def test_a_direct_message_reaches_who_is_silent_and_oneself(
    alice: Any, bob: Any, open_session: Any, send: Any, hand: Any
) -> None:
    open_session(bob)
    hand.advance(90_000)
    assert [send(alice, to=to)["recipients"] for to in ("bob", "alice")] == [["bob"], ["alice"]]


def test_a_workspace_of_its_own_hears_no_broadcast_of_another(
    alice: Any, bob: Any, open_session: Any, send: Any, tmp_path: Any
) -> None:
    open_session(bob)
    other = tmp_path / "other"
    other.mkdir()
    assert send(alice)["recipients"] == ["bob"]
    assert "excluded_stale" not in send(alice, project_root=str(other))
    assert send(alice, project_root=str(other))["recipients"] == []


def test_optional_keys_of_a_send_are_absent_in_the_steady_state(alice: Any, bob: Any, send: Any) -> None:
    first, second = send(alice, to="bob"), send(alice, to="bob")
    assert first["workspace_created"] is True
    assert {"workspace_created", "warning", "excluded_stale"}.isdisjoint(second)
    assert second["event_id"] == first["event_id"] + 1


def test_every_problem_of_a_message_is_listed_and_the_first_one_speaks(alice: Any) -> None:
    refused = error("message_create", alice, project_root=None, from_agent_id=5, subject="", artifacts="a")
    assert refused["code"] == "WORKSPACE_REQUIRED"
    fields = {problem["loc"][0] for problem in refused["details"]["problems"]}
    assert fields == {"project_root", "from_agent_id", "subject", "body", "artifacts"}


PRECEDENCE = [
    ({"project_root": None, "subject": "", "target": "x"}, "WORKSPACE_REQUIRED"),
    ({"project_root": "/nowhere", "subject": "", "target": "x"}, "VALIDATION_ERROR"),
    ({"project_root": "/nowhere", "body": "x" * 65_537, "channel_id": "c"}, "CONTENT_TOO_LARGE"),
    ({"project_root": "/nowhere", "session_secret": "s"}, "VALIDATION_ERROR"),
    ({"project_root": "/nowhere", "channel_id": "c"}, "WORKSPACE_UNRESOLVED"),
    ({"channel_id": "chn-none"}, "NOT_FOUND"),
    ({"parent_message_id": "msg-none"}, "NOT_FOUND"),
    ({"target": {"strategy": "direct", "agent_id": "ghost"}}, "NOT_FOUND"),
    ({"from_session_id": "ses-none"}, "NOT_FOUND"),
]


@pytest.mark.parametrize(("over", "expected"), PRECEDENCE)
def test_the_problems_of_a_message_have_an_order(over: Any, expected: str, alice: Any, project: str) -> None:
    sent = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b"}
    assert code("message_create", alice, **{**sent, **over}) == expected
    assert not MessageDelivery.objects.exists()


@pytest.mark.parametrize(("verb", "kind"), [("handoff_complete", "completed"), ("handoff_reject", "rejected")])
def test_the_creator_reads_an_outcome_as_json_in_its_inbox(
    verb: str, kind: str, alice: Any, bob: Any, offer: Any, project: str
) -> None:
    handoff_id = offer(to="bob")["handoff_id"]
    as_bob = {"project_root": project, "agent_id": "bob", "handoff_id": handoff_id}
    ok("handoff_claim", bob, **as_bob)
    text = {"handoff_complete": "result", "handoff_reject": "reason"}[verb]
    assert ok(verb, bob, **as_bob, **{text: "{}"})["notified"] == ["alice"]
    notice = json.loads(pull(alice)[0]["body"])
    expected = {"kind": f"handoff.{kind}", "handoff_id": handoff_id, "by_agent_id": "bob", "status": kind.upper()}
    assert {**notice, "next_step": ""} == {**expected, "next_step": "", text: "{}"}


def test_nobody_is_told_who_is_not_registered(bob: Any, project: str) -> None:
    at = {"project_root": project}
    given = {"from_agent_id": "ghost", "target": {"strategy": "broadcast"}, "visibility": "public"}
    handoff_id = ok("handoff_create", bob, **at, **given)["handoff_id"]
    as_bob = {**at, "agent_id": "bob", "handoff_id": handoff_id}
    ok("handoff_claim", bob, **as_bob)
    assert ok("handoff_complete", bob, **as_bob) == {"handoff_id": handoff_id, "status": "COMPLETED"}


def test_the_looks_between_turns_write_nothing(alice: Any, bob: Any, send: Any, hand: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    pull(bob)
    hand.advance(301)
    before = list(MessageDelivery.objects.values()), list(LaneCount.objects.values())
    for name in ("inbox_peek", "inbox_count", "inbox_history"):
        ok(name, bob, agent_id="bob")
    ok("message_status", alice, message_id=message_id)
    assert (list(MessageDelivery.objects.values()), list(LaneCount.objects.values())) == before


def test_an_agent_that_answers_itself_for_ever_stays_within_its_inbox(alice: Any, send: Any) -> None:
    for _ in range(30):
        send(alice, to="alice")
        ok("inbox_ack", alice, agent_id="alice", message_ids=[one["message_id"] for one in pull(alice)])
    assert ok("inbox_count", alice, agent_id="alice") == {"unread": 0, "in_flight": 0, "read": 30}
