"""Every published key of every answer, and nothing beside them but what is named here."""

from typing import Any

import pytest

from tests.nexus.calls import ok

pytestmark = pytest.mark.django_db

AGENT = {"agent_id", "role", "capabilities", "metadata", "created_at", "last_seen_at"}
SESSION = {"session_id", "agent_id", "workspace_id", "status", "started_at", "last_heartbeat_at"}
WORKSPACE = {"workspace_id", "display_name", "root_realpath", "created_at", "last_seen_at"}
CHANNEL = {"channel_id", "workspace_id", "name", "created_at"}
EVENT = {
    "event_id", "workspace_id", "stream", "type", "payload", "actor_agent_id", "task_id", "handoff_id", "created_at",
}  # fmt: skip
DELIVERY = {
    "delivery_id", "message_id", "status", "delivered_at", "lease_expires_at", "read_at", "from_agent_id",
    "workspace_id", "channel_id", "subject", "body", "target", "artifacts", "created_at",
}  # fmt: skip
MESSAGE = {
    "message_id", "workspace_id", "channel_id", "from_agent_id", "from_session_id", "target", "subject", "body",
    "artifacts", "parent_message_id", "created_at", "event_id", "recipients", "delivered_count",
}  # fmt: skip
HANDOFF = {
    "handoff_id", "workspace_id", "status", "from_agent_id", "target", "visibility", "claimed_by", "lease_expires_at",
    "payload", "result", "rejected_reason", "created_at", "updated_at",
}  # fmt: skip
ARTIFACT = {"artifact_id", "workspace_id", "artifact_type", "stored", "size_bytes", "created_at"}
ORIGIN = {"sender_verified", "flags"}

# tool -> published keys, keys that are new here
ANSWERS: dict[str, tuple[set[str], set[str]]] = {
    "nexus_info": ({"package_version", "schema_version", "surface_revision"}, set()),
    "workspace_resolve": (WORKSPACE, set()),
    "workspace_list": ({"workspaces"}, set()),
    "agent_register": (AGENT | {"updated_at"}, set()),
    "agent_list": ({"agents"}, set()),
    "agent_get": (AGENT, set()),
    "agent_whoami": (AGENT | {"permissions", "preset_id", "is_active"}, {"principal"}),
    "capability_list": ({"capabilities"}, set()),
    "session_open": (SESSION | {"session_secret"}, set()),
    "session_heartbeat": ({"session_id", "status", "last_heartbeat_at"}, set()),
    "session_close": (SESSION | {"closed_at"}, set()),
    "event_get": ({"events", "next_cursor", "has_more", "timed_out"}, set()),
    "event_wait": ({"events", "next_cursor", "has_more", "timed_out"}, set()),
    "event_cursor": ({"cursor"}, set()),
    "channel_create": ({"channel", "created"}, set()),
    "channel_list": ({"channels"}, set()),
    "message_create": (MESSAGE, {"warning"}),
    "message_status": ({"message_id", "deliveries", "count"}, set()),
    "inbox_pull": ({"messages", "count"}, set()),
    "inbox_ack": ({"acknowledged", "read_message_ids"}, set()),
    "inbox_extend": ({"extended", "lease_expires_at"}, set()),
    "inbox_peek": ({"messages", "count"}, set()),
    "inbox_count": ({"unread", "in_flight", "read"}, set()),
    "inbox_history": ({"messages", "next_cursor", "has_more"}, set()),
    "handoff_create": ({"handoff_id", "workspace_id", "status", "created_at", "eligible_count"}, set()),
    "handoff_list_available": ({"handoffs", "next_cursor", "has_more", "timed_out"}, set()),
    "handoff_claim": (
        {"handoff_id", "workspace_id", "status", "claimed_by", "lease_expires_at", "payload"},
        {"claim_epoch", "from_agent_id", *ORIGIN},
    ),
    "handoff_complete": ({"handoff_id", "status", "notified"}, set()),
    "handoff_reject": ({"handoff_id", "status", "notified"}, set()),
    "handoff_get": (HANDOFF, {"claim_epoch", *ORIGIN}),
    "artifact_put": (ARTIFACT, set()),
    "artifact_get": (ARTIFACT | {"metadata", "content"}, {"name", "created_by", "flags"}),
    "shared_md_render": (
        {"path", "workspace_id", "bytes_written", "sections_rendered", "limit_events", "generated_at"},
        set(),
    ),
}


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_has_the_published_keys(name: str, valid: Any, bob: Any) -> None:
    published, added = ANSWERS[name]
    found = set(ok(name, bob, **valid[name]))
    assert found >= published
    assert found - published <= added


def test_a_cancelled_handoff_answers_its_id_and_status(valid: Any, alice: Any) -> None:
    assert set(ok("handoff_cancel", alice, **valid["handoff_cancel"])) == {"handoff_id", "status"}


# tool -> list in its answer, published keys of an entry, keys that are new here
LISTS: dict[str, tuple[str, set[str], set[str]]] = {
    "workspace_list": ("workspaces", WORKSPACE, set()),
    "agent_list": ("agents", AGENT, set()),
    "capability_list": ("capabilities", {"capability", "agent_count", "agents"}, set()),
    "event_get": ("events", EVENT, {"actor_verified"}),
    "channel_list": ("channels", CHANNEL, set()),
    "message_status": ("deliveries", {"recipient", "status", "attempts", "read_at"}, set()),
    "inbox_pull": ("messages", DELIVERY, {"attempts", "parent_message_id", "provenance", *ORIGIN}),
    "inbox_peek": (
        "messages",
        DELIVERY - {"body"} | {"body_preview", "body_bytes"},
        {"attempts", "parent_message_id", "provenance", *ORIGIN},
    ),
}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_an_entry_of_a_list_has_the_published_keys(name: str, valid: Any, alice: Any, bob: Any, send: Any) -> None:
    send(alice, to="bob")
    where, published, added = LISTS[name]
    found = set(ok(name, bob, **valid[name])[where][0])
    assert found >= published
    assert found - published <= added


def test_an_entry_of_the_history_is_that_of_a_pull(valid: Any, bob: Any) -> None:
    ok("inbox_ack", bob, **valid["inbox_ack"])
    entry = ok("inbox_history", bob, agent_id="bob")["messages"][0]
    assert set(entry) >= DELIVERY
    assert (entry["status"], entry["lease_expires_at"]) == ("read", None)


def test_a_channel_is_wrapped(valid: Any, bob: Any) -> None:
    answer = ok("channel_create", bob, **valid["channel_create"])
    assert (set(answer["channel"]), answer["created"]) == (CHANNEL, True)
    assert ok("channel_create", bob, **valid["channel_create"]) == {**answer, "created": False}


def test_a_file_artifact_answers_its_path_and_no_content(tmp_path: Any, project: str, bob: Any) -> None:
    (tmp_path / "project" / "notes.md").write_text("# Notes")
    at = {"project_root": project}
    put = ok("artifact_put", bob, **at, artifact_type="markdown", path="notes.md")
    got = ok("artifact_get", bob, **at, artifact_id=put["artifact_id"])
    assert set(put) == ARTIFACT | {"path"}
    assert set(got) == ARTIFACT | {"metadata", "path", "name", "created_by"}
    assert (put["stored"], put["path"], put["size_bytes"]) == ("path", "notes.md", 7)


def test_times_are_text_that_sorts_like_time(valid: Any, bob: Any) -> None:
    from datetime import datetime

    given = ok("session_open", bob, **valid["session_open"])["started_at"]
    assert (len(given), given[-6:]) == (32, "+00:00")
    assert datetime.fromisoformat(given).utcoffset() is not None


def test_a_sections_count_and_a_file_are_what_the_render_says(valid: Any, bob: Any) -> None:
    from pathlib import Path

    answer = ok("shared_md_render", bob, **valid["shared_md_render"])
    assert Path(answer["path"]).parts[-3:] == ("workspaces", answer["workspace_id"], "shared.md")
    assert answer["bytes_written"] == Path(answer["path"]).stat().st_size
    assert (answer["sections_rendered"], answer["limit_events"]) == (4, 50)


@pytest.mark.parametrize(
    ("name", "over", "status"),
    [
        ("session_open", {}, "active"),
        ("session_heartbeat", {}, "active"),
        ("session_close", {}, "closed"),
        ("handoff_create", {}, "OPEN"),
        ("handoff_claim", {}, "CLAIMED"),
        ("handoff_complete", {}, "COMPLETED"),
        ("handoff_reject", {}, "REJECTED"),
    ],
)
def test_a_status_is_spelt_as_published(name: str, over: Any, status: str, valid: Any, bob: Any) -> None:
    assert ok(name, bob, **{**valid[name], **over})["status"] == status


@pytest.mark.django_db(transaction=True)
def test_an_open_handoff_in_the_list_has_the_published_keys(project: str, bob: Any, offer: Any) -> None:
    offer(payload="work")
    (entry,) = ok("handoff_list_available", bob, project_root=project, agent_id="bob")["handoffs"]
    published = {"handoff_id", "status", "target", "visibility", "from_agent_id", "payload", "created_at"}
    assert set(entry) == published | ORIGIN
    assert (entry["status"], entry["payload"]) == ("OPEN", "work")
