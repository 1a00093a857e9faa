"""REST as published, asked from a running server: addresses, statuses, row shapes and the errors that only REST has."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serve.conftest import Install

AGENT = {
    "agent_id", "role", "capabilities", "metadata", "is_active", "has_key", "created_at", "last_seen_at",
    "permissions", "preset_id",
}  # fmt: skip
NODE = {
    "agent_id", "role", "capabilities", "is_active", "has_key", "last_seen_at", "presence", "sessions", "inbox",
}  # fmt: skip
MESSAGE = {
    "message_id", "workspace_id", "channel_id", "from_agent_id", "created_at", "subject", "preview", "deliveries",
}  # fmt: skip
DELIVERY = {"delivery_id", "recipient_agent_id", "status", "created_at", "delivered_at", "read_at"}
HANDOFF = {
    "handoff_id", "workspace_id", "status", "created_at", "updated_at", "from_agent_id", "claimed_by", "target",
    "visibility", "lease_expires_at",
}  # fmt: skip
SESSION = {
    "session_id", "agent_id", "workspace_id", "status", "started_at", "last_heartbeat_at", "closed_at", "presence",
}  # fmt: skip
EVENT = {"event_id", "workspace_id", "stream", "type", "created_at", "actor_agent_id", "payload"}

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with two agents, a session of bob, a message to him and a handoff for him."""
    folder = tmp_path_factory.mktemp("rest")
    project = folder / "project"
    project.mkdir()
    running = Install(folder / "home").start("--project-root", str(project))
    running.wait_until_ready()
    running.project = str(project)
    try:
        _fill(running)
        yield running
    finally:
        running.close()


def _fill(server: Any) -> None:
    server.keys = {name: server.make_key(name) for name in ("alice", "bob")}

    def call(caller: str, tool: str, /, **arguments: Any) -> Any:
        status, body = server.call(server.keys[caller], tool, **arguments)
        answer = body["result"]["structuredContent"]
        assert answer["ok"], (status, answer)
        return answer["data"]

    at = {"project_root": server.project}
    server.workspace_id = call("bob", "workspace_resolve", **at)["workspace_id"]
    server.session_id = call("bob", "session_open", agent_id="bob", workspace_id=server.workspace_id)["session_id"]
    to_bob = {"from_agent_id": "alice", "target": {"strategy": "direct", "agent_id": "bob"}}
    server.message_id = call("alice", "message_create", **at, **to_bob, subject="s", body="b" * 200)["message_id"]
    call(
        "alice",
        "message_create",
        **at,
        from_agent_id="alice",
        target={"kind": "role", "role": "x"},
        subject="s",
        body="b",
    )
    server.handoff_id = call("alice", "handoff_create", **at, **to_bob, visibility="private", payload="p")["handoff_id"]
    call("alice", "channel_create", **at, name="news")


@pytest.fixture
def ask(server: Any) -> Ask:
    """`ask("agents", body={...}, method="PATCH")` -> status and body; below /api/v1/nexus/."""

    def asked(path: str, **over: Any) -> tuple[int, Any]:
        found: tuple[int, Any] = server.ask(f"/api/v1/nexus/{path}", **over)
        return found

    return asked


def data(answer: tuple[int, Any]) -> Any:
    status, body = answer
    assert (status, body["ok"]) == (200, True), body
    return body["data"]


def refusal(answer: tuple[int, Any]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


def test_info_is_public_and_names_the_default_workspace(ask: Ask, server: Any) -> None:
    info = data(ask("info"))
    assert set(info) == {"service", "package_version", "schema_version", "trust_mode", "default_workspace_id"}
    assert (info["trust_mode"], info["default_workspace_id"]) == ("open", server.workspace_id)


@pytest.mark.parametrize("path", ["/api/v1/nexus/license", "/api/v1/license"])
def test_the_licence_is_plain_text(path: str, server: Any) -> None:
    licence = Path(__file__).resolve().parents[2] / "LICENSE"
    assert server.ask(path) == (200, licence.read_text())


def test_the_old_address_of_info_answers_too(server: Any) -> None:
    assert server.ask("/api/v1/info") == server.ask("/api/v1/nexus/info")
    assert server.ask("/healthz") == (200, {"status": "alive"})


def test_an_agent_has_the_published_row(ask: Ask) -> None:
    (row,) = [row for row in data(ask("agents"))["items"] if row["agent_id"] == "bob"]
    assert set(row) == AGENT | {"is_operator", "version"}
    assert row == data(ask("agents/bob"))


def test_a_new_agent_shows_its_key_and_its_list_of_capabilities_as_an_object(ask: Ask) -> None:
    made = data(ask("agents", body={"agent_id": "dora", "capabilities": ["ocr"], "preset_id": "builtin:observer"}))
    assert set(made) == {"agent_id", "role", "is_active", "created_at", "preset_id", "permissions", "api_key"}
    assert (made["api_key"][:4], len(made["api_key"])) == ("nxs_", 52)
    assert data(ask("agents/dora"))["capabilities"] == {"ocr": True}


def test_the_graph_has_nodes_channels_and_edges(ask: Ask, server: Any) -> None:
    graph = data(ask(f"graph?workspace={server.workspace_id}"))
    assert set(graph) == {"workspace_id", "generated_at", "window_hours", "nodes", "channels", "edges"}
    assert {frozenset(node) for node in graph["nodes"]} == {frozenset(NODE)}
    assert set(graph["edges"]) == {"messages", "handoffs"}
    assert "news" in [channel["name"] for channel in graph["channels"]]


def test_an_edge_counts_messages_and_what_is_in_flight(ask: Ask) -> None:
    (edge,) = data(ask("graph?window_hours=1"))["edges"]["messages"]
    assert set(edge) == {"from", "to", "count", "last_at", "in_flight", "last_done_at"}
    assert (edge["from"], edge["to"], edge["count"]) == ("alice", "bob", 2)  # the notice of the handoff is one
    assert set(edge["in_flight"]) == {"unread", "delivered"}


def test_the_inbox_of_a_node_has_four_lanes(ask: Ask) -> None:
    (bob,) = [node for node in data(ask("graph"))["nodes"] if node["agent_id"] == "bob"]
    assert set(bob["inbox"]) == {"unread", "delivered", "read", "parked"}
    assert (bob["presence"], bob["sessions"], bob["inbox"]["unread"]) == ("present", 1, 2)


def test_messages_come_in_pages_with_previews(ask: Ask) -> None:
    page = data(ask("messages?agent=bob"))
    assert set(page) == {"items", "page", "page_size", "total"}
    rows = [row for row in page["items"] if row["from_agent_id"] == "alice"]
    assert {frozenset(row) for row in rows} == {frozenset(MESSAGE | {"sender_verified"})}
    assert {frozenset(delivery) for row in rows for delivery in row["deliveries"]} == {frozenset(DELIVERY)}


def test_a_preview_is_cut_and_the_body_comes_on_request(ask: Ask, server: Any) -> None:
    def found(query: str) -> Any:
        return next(row for row in data(ask(query))["items"] if row["message_id"] == server.message_id)

    assert found("messages")["preview"] == "b" * 160
    assert "body" not in found("messages")
    assert found("messages?include_body=true")["body"] == "b" * 200


def test_messages_that_reached_nobody_are_found(ask: Ask) -> None:
    assert [row["deliveries"] for row in data(ask("messages?undelivered=true"))["items"]] == [[]]
    peers = data(ask("conversations/peers?agent=alice"))
    assert (set(peers), peers["failed_count"]) == ({"items", "failed_count"}, 1)
    assert [set(peer) for peer in peers["items"]] == [{"peer", "count", "last_at"}]


def test_a_handoff_row_has_no_payload(ask: Ask, server: Any) -> None:
    (row,) = data(ask("handoffs?status=OPEN"))["items"]
    assert set(row) == HANDOFF | {"sender_verified"}
    assert (row["handoff_id"], row["target"]) == (server.handoff_id, {"strategy": "direct", "agent_id": "bob"})


def test_a_session_row_has_its_presence(ask: Ask, server: Any) -> None:
    (row,) = data(ask("sessions?status=active"))["items"]
    assert set(row) == SESSION
    assert (row["session_id"], row["status"], row["presence"]) == (server.session_id, "active", "present")


def test_events_are_paged_by_number_whatever_their_visibility(ask: Ask) -> None:
    first = data(ask("events?limit=2"))
    assert set(first["items"][0]) >= EVENT
    assert first["next_cursor"] == first["items"][-1]["event_id"]
    types = [row["type"] for row in data(ask("events"))["items"]]
    assert {"session.opened", "message.created", "handoff.created"} <= set(types)


def test_a_cursor_past_the_end_stays(ask: Ask) -> None:
    assert data(ask("events?after=999999")) == {"items": [], "next_cursor": 999999}


def test_presets_come_with_their_vocabulary(ask: Ask) -> None:
    found = data(ask("presets"))
    assert set(found) == {"items", "registry", "descriptions"}
    builtin = [preset["preset_id"] for preset in found["items"][:4]]
    assert builtin == ["builtin:full", "builtin:coordinator", "builtin:worker", "builtin:observer"]
    assert set(found["registry"]) == {
        "messages", "handoffs", "channels", "artifacts", "events", "telemetry", "limits",
    }  # fmt: skip


def test_a_custom_preset_has_its_prefix_and_every_flag(ask: Ask) -> None:
    made = data(ask("presets", body={"name": "readers", "flags": {"channels": {"create": False}}}))
    assert made["preset_id"].startswith("prs")
    assert (made["flags"]["channels"]["create"], made["flags"]["events"]["read"]) == (False, True)


def test_prune_counts_by_default(ask: Ask) -> None:
    report = data(ask("admin/prune", body={}))
    assert set(report) == {
        "dry_run", "now", "windows_days", "cutoffs", "tables", "total_deleted", "protected", "vacuum",
    }  # fmt: skip
    assert report["dry_run"] is True
    assert set(report["tables"]) == {"events", "message_deliveries", "sessions"}
    assert report["vacuum"] == {"requested": False, "ran": False, "skipped_reason": None}


REFUSED: list[tuple[str, Any, tuple[int, str]]] = [
    ("agents/nobody", None, (404, "NOT_FOUND")),
    ("agents", {"agent_id": "bob"}, (409, "CONFLICT")),
    ("agents", {"agent_id": ""}, (422, "VALIDATION_ERROR")),
    ("agents", {"agent_id": "x" * 129}, (422, "VALIDATION_ERROR")),
    ("agents", {"agent_id": "."}, (422, "VALIDATION_ERROR")),
    ("agents", {"agent_id": "a", "capabilities": "ocr"}, (422, "VALIDATION_ERROR")),
    ("agents", {"agent_id": "a", "preset_id": "prs-none"}, (404, "NOT_FOUND")),
    ("messages?lane=lost", None, (422, "INVALID_PARAM")),
    ("messages?since=yesterday", None, (422, "INVALID_PARAM")),
    ("messages?page=0", None, (422, "VALIDATION_ERROR")),
    ("messages?page_size=201", None, (422, "VALIDATION_ERROR")),
    ("conversations/peers", None, (422, "VALIDATION_ERROR")),
    ("events?after=-1", None, (422, "VALIDATION_ERROR")),
    ("events?stream=task", None, (422, "INVALID_STREAM")),
    ("presets", {"name": "Full"}, (422, "VALIDATION_ERROR")),
    ("sessions/ses-none/close", {}, (404, "NOT_FOUND")),
    ("handoffs/hof-none/cancel", {}, (404, "NOT_FOUND")),
    ("agents/%00", None, (422, "VALIDATION_ERROR")),
    ("messages?agent=%00", None, (422, "VALIDATION_ERROR")),
    ("messages?agent=%ff", None, (422, "VALIDATION_ERROR")),
    ("no/such/address", None, (404, "NOT_FOUND")),
]


@pytest.mark.parametrize(("path", "body", "expected"), REFUSED)
def test_a_refusal_has_its_status_and_code(path: str, body: Any, expected: tuple[int, str], ask: Ask) -> None:
    assert refusal(ask(path, body=body)) == expected


@pytest.mark.parametrize("key", ["", "nxs_", "nxs_" + "0" * 48, "dash_" + "f" * 48, "Bearer"])
def test_a_wrong_key_is_one_and_the_same_refusal_on_loopback_too(key: str, ask: Ask) -> None:
    wrong = ask("agents", headers={"X-API-Key": key})
    assert wrong == ask("agents", headers={"X-API-Key": "nxs_" + "1" * 48})
    assert refusal(wrong) == (401, "AUTH_FAILED")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_key_comes_in_three_ways(scheme: str, server: Any) -> None:
    key = server.keys["alice"]
    ways = [
        server.ask("/api/v1/ops/agent_whoami", body={}, headers={"Authorization": f"{scheme} {key}"}),
        server.ask("/api/v1/ops/agent_whoami", body={}, headers={"X-API-Key": key}),
        server.ask(f"/api/v1/ops/agent_whoami?api_key={key}", body={}),
    ]
    assert {body["data"]["agent_id"] for _, body in ways} == {"alice"}


def test_a_key_in_the_address_is_in_no_log(server: Any) -> None:
    server.ask(f"/api/v1/nexus/info?api_key={server.keys['bob']}")
    assert server.keys["bob"] not in server.log


def test_an_agent_key_administers_nothing(server: Any) -> None:
    headers = {"X-API-Key": server.keys["alice"]}
    tried = [("agents", {"agent_id": "eve"}), ("admin/reset", {}), ("admin/prune", {}), ("settings/reset", {})]
    answers = [server.ask(f"/api/v1/nexus/{path}", body=body, headers=headers) for path, body in tried]
    assert {refusal(answer) for answer in answers} == {(403, "PERMISSION_DENIED")}


def test_a_foreign_page_administers_nothing(server: Any) -> None:
    for headers in ({"Origin": "http://localhost:3000"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
        assert refusal(server.ask("/api/v1/nexus/admin/reset", body={}, headers=headers))[0] == 403


def test_a_setting_is_in_force_for_tools_at_once(server: Any, ask: Ask) -> None:
    import json
    import urllib.request

    def patch(**values: Any) -> Any:
        request = urllib.request.Request(
            f"{server.base}/api/v1/nexus/settings", method="PATCH", data=json.dumps(values).encode(),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    sent = {"project_root": server.project, "from_agent_id": "alice", "subject": "s", "body": "b" * 1025}
    assert patch(max_inline_bytes=1024)["data"] == {"applied": {"max_inline_bytes": 1024}}
    _, refused = server.ask("/api/v1/ops/message_create", body=sent, headers={"X-API-Key": server.keys["alice"]})
    assert refused["error"]["code"] == "CONTENT_TOO_LARGE"
    assert data(ask("settings/reset", body={})) == {"cleared": ["max_inline_bytes"]}
