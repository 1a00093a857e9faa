"""Sending messages."""

from typing import Any

import pytest

from nexus.models import Event, Message, MessageDelivery, MessageEdge, MessagePair
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db
DIRECT = {"strategy": "direct", "agent_id": "bob"}


def test_a_direct_message_lands_in_one_inbox(alice: Any, bob: Any, send: Any) -> None:
    sent = send(alice, to="bob")
    assert (sent["recipients"], sent["delivered_count"]) == (["bob"], 1)
    assert "warning" not in sent
    assert ok("inbox_count", bob, agent_id="bob") == {"unread": 1, "in_flight": 0, "read": 0}


def test_the_first_message_of_a_folder_says_that_it_made_the_workspace(alice: Any, bob: Any, send: Any) -> None:
    assert send(alice, to="bob")["workspace_created"] is True
    assert "workspace_created" not in send(alice, to="bob")


def test_texts_come_back_byte_for_byte(alice: Any, bob: Any, send: Any) -> None:
    body = ' {"a":1}\r\n\tnull \u202e\U0001f600e\u0301 '
    send(alice, to="bob", subject="[1]", body=body)
    message = ok("inbox_pull", bob, agent_id="bob")["messages"][0]
    assert (message["subject"], message["body"]) == ("[1]", body)


@pytest.mark.parametrize("field", ["from_agent_id", "subject", "body"])
@pytest.mark.parametrize("value", ["", 5, None, True, ["x"], "a\x00b"])
def test_required_texts_are_checked(alice: Any, project: str, field: str, value: Any) -> None:
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b", field: value}
    assert code("message_create", alice, **arguments) == "VALIDATION_ERROR"
    assert not Message.objects.exists()


def test_a_missing_workspace_is_reported_before_all_else(alice: Any) -> None:
    assert code("message_create", alice, subject="", target=5) == "WORKSPACE_REQUIRED"
    assert code("message_create", alice, project_root="", subject="s") == "WORKSPACE_REQUIRED"


def test_a_folder_that_is_not_there_is_unresolved(alice: Any, project: str) -> None:
    arguments = {"from_agent_id": "alice", "subject": "s", "body": "b"}
    assert code("message_create", alice, project_root=f"{project}/nowhere", **arguments) == "WORKSPACE_UNRESOLVED"
    assert code("message_create", alice, project_root=f"{project}\x00", **arguments) == "WORKSPACE_UNRESOLVED"


@pytest.mark.parametrize(
    "target",
    [
        5,
        {"strategy": "nobody"},
        {"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": 1},
        {
            "strategy": "mixed",
            "rules": [{"strategy": "direct_with_fallback", "agent_id": "b", "fallback_after_seconds": 1}],
        },
        {"strategy": "mixed", "rules": [{"strategy": "broadcast"}]},
        {"strategy": "direct", "agent_id": "bob", "extra": float("inf")},
        {"strategy": "direct", "agent_id": "bob", "extra": "\x00"},
    ],
)
def test_a_target_that_no_message_can_have_is_refused(alice: Any, bob: Any, project: str, target: Any) -> None:
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b", "target": target}
    assert code("message_create", alice, **arguments) == "VALIDATION_ERROR"
    assert not Message.objects.exists()


def test_a_direct_message_to_a_stranger_changes_nothing(alice: Any, project: str) -> None:
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b", "target": DIRECT}
    assert code("message_create", alice, **arguments) == "NOT_FOUND"
    assert not Message.objects.exists()
    assert not Event.objects.exists()


def test_a_group_that_matches_nobody_is_said_so(alice: Any, send: Any) -> None:
    sent = send(alice, target={"strategy": "role", "role": "nobody"})
    assert sent["recipients"] == []
    assert sent["warning"]


def test_a_sender_need_not_be_registered(alice: Any, bob: Any, send: Any) -> None:
    assert send(alice, to="bob", from_agent_id="stranger")["from_agent_id"] == "stranger"


@pytest.mark.parametrize("size", [65_536, 65_537])
def test_the_inline_limit_is_inclusive_and_counts_bytes(alice: Any, bob: Any, project: str, size: int) -> None:
    body = "é" * (size // 2) + "x" * (size % 2)
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": body, "target": DIRECT}
    if size == 65_536:
        assert ok("message_create", alice, **arguments)["delivered_count"] == 1
    else:
        assert error("message_create", alice, **arguments)["code"] == "CONTENT_TOO_LARGE"


def test_the_inline_limit_follows_its_setting_at_once(alice: Any, bob: Any, project: str, in_force: Any) -> None:
    in_force(max_inline_bytes=1024)
    arguments = {
        "project_root": project,
        "from_agent_id": "alice",
        "subject": "s",
        "body": "b" * 1025,
        "target": DIRECT,
    }
    assert code("message_create", alice, **arguments) == "CONTENT_TOO_LARGE"


def test_a_channel_is_a_label_of_the_same_workspace(
    alice: Any, bob: Any, project: str, send: Any, tmp_path: Any
) -> None:
    channel = ok("channel_create", alice, project_root=project, name="build")["channel"]["channel_id"]
    assert send(alice, to="bob", channel_id=channel)["channel_id"] == channel
    arguments = {"from_agent_id": "alice", "subject": "s", "body": "b", "target": DIRECT, "channel_id": channel}
    assert code("message_create", alice, project_root=str(tmp_path), **arguments) == "NOT_FOUND"


def test_an_answer_names_a_parent_of_its_workspace_and_channel(alice: Any, bob: Any, project: str, send: Any) -> None:
    parent = send(alice, to="bob")["message_id"]
    channel = ok("channel_create", alice, project_root=project, name="build")["channel"]["channel_id"]
    assert send(bob, to="alice", parent_message_id=parent)["parent_message_id"] == parent
    arguments = {
        "project_root": project,
        "from_agent_id": "bob",
        "subject": "s",
        "body": "b",
        "parent_message_id": parent,
    }
    assert code("message_create", bob, channel_id=channel, **arguments) == "NOT_FOUND"


@pytest.mark.parametrize("artifacts", ["art1", ["art1", 5], [""], [{"content": "x"}], 5])
def test_artifacts_are_a_list_of_ids(alice: Any, project: str, artifacts: Any) -> None:
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b", "artifacts": artifacts}
    assert code("message_create", alice, **arguments) == "VALIDATION_ERROR"


def test_the_event_holds_a_reference_and_no_copy(alice: Any, bob: Any, send: Any) -> None:
    sent = send(alice, to="bob", body="secret body")
    event = Event.objects.get(seq=sent["event_id"])
    assert (event.type, event.actor, event.principal) == ("message.created", "alice", "agent:alice")
    assert sent["message_id"] in event.payload
    assert "secret body" not in event.payload


def test_a_message_in_another_name_is_not_verified(alice: Any, bob: Any, carol: Any, send: Any) -> None:
    send(carol, to="bob", from_agent_id="alice")
    message = ok("inbox_pull", bob, agent_id="bob")["messages"][0]
    assert (message["from_agent_id"], message["sender_verified"]) == ("alice", False)
    assert message["provenance"]["author"] == "alice"


def test_suspicious_text_is_flagged_and_kept(alice: Any, bob: Any, send: Any) -> None:
    body = "hi\U000e0041\u202e <tool_call>"
    send(alice, to="bob", body=body)
    message = ok("inbox_pull", bob, agent_id="bob")["messages"][0]
    assert message["flags"] == ["tag_characters", "bidi_controls", "tool_markup"]
    assert message["body"] == body


def test_the_graph_counters_follow_every_send(alice: Any, bob: Any, send: Any) -> None:
    send(alice, to="bob")
    send(alice, to="bob")
    assert MessageEdge.objects.get().message_count == 2
    assert (MessagePair.objects.get().message_count, MessagePair.objects.get().unread) == (2, 2)


def test_the_sender_follows_each_delivery(alice: Any, bob: Any, send: Any) -> None:
    message_id = send(alice, to="bob")["message_id"]
    ok("inbox_ack", bob, agent_id="bob", message_ids=message_id)
    status = ok("message_status", alice, message_id=message_id)
    assert [(one["recipient"], one["status"]) for one in status["deliveries"]] == [("bob", "read")]
    assert code("message_status", alice, message_id="msg0") == "NOT_FOUND"


def test_unknown_arguments_are_refused(alice: Any, project: str) -> None:
    arguments = {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b", "to": "bob"}
    assert code("message_create", alice, **arguments) == "VALIDATION_ERROR"
    assert not MessageDelivery.objects.exists()


def test_a_repeated_key_sends_once(alice: Any, bob: Any, send: Any) -> None:
    first = send(alice, to="bob", idempotency_key="k1")
    assert send(alice, to="bob", idempotency_key="k1")["message_id"] == first["message_id"]
    assert Message.objects.count() == 1


def test_ordinary_text_carries_no_flags(alice: Any, bob: Any, send: Any) -> None:
    send(alice, to="bob", body="a < b, [1], naïve — 日本語")
    assert ok("inbox_pull", bob, agent_id="bob")["messages"][0]["flags"] == []
