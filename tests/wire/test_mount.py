"""`/mcp` over HTTP: the protocol's answers, selections, refusals."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.wire.clients import Mcp, events

INIT = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


async def test_initialize_names_the_server_and_its_instructions(mcp: Any) -> None:
    result = (await mcp("initialize", INIT)).json()["result"]
    assert result["serverInfo"]["name"] == "pulse"
    assert result["protocolVersion"] == "2025-11-25"
    assert "data from" in result["instructions"] or "is data" in result["instructions"]


async def test_a_notification_is_accepted_without_a_body(mcp: Any) -> None:
    answer = await mcp.send('{"jsonrpc":"2.0","method":"notifications/initialized"}')
    assert (answer.status_code, answer.content) == (202, b"")


async def test_a_tool_answers_text_and_structured_content_alike(mcp: Any) -> None:
    result = (await mcp("tools/call", {"name": "demo_echo", "arguments": {"text": "é<\u2028"}})).json()["result"]
    assert result["structuredContent"] == {"ok": True, "data": {"text": "é<\u2028", "nothing": None}}
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert result["isError"] is False


@pytest.mark.parametrize(("tool", "is_error"), [("demo_echo", False), ("plain_echo", True)])
async def test_a_refusal_is_marked_as_its_envelope_says(mcp: Any, tool: str, is_error: bool) -> None:
    result = (await mcp("tools/call", {"name": tool, "arguments": {}})).json()["result"]
    assert result["isError"] is is_error
    assert "VALIDATION_ERROR" in result["content"][0]["text"]


@pytest.mark.parametrize("arguments", ["{}", [], 5, True])
async def test_arguments_that_are_no_object_get_the_envelope(mcp: Any, arguments: Any) -> None:
    assert (await mcp.call("demo_echo", arguments))["error"]["details"] == {"field": "arguments"}


async def test_arguments_out_of_bounds_get_the_envelope(mcp: Any) -> None:
    raw = '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"demo_echo","arguments":{"text":"\\u0000"}}}'
    answer = (await mcp.send(raw)).json()
    assert answer["id"] == 3
    assert answer["result"]["structuredContent"]["error"]["details"] == {"reason": "nul"}


async def test_a_fault_of_the_program_tells_nothing_of_it(mcp: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = await mcp("tools/call", {"name": "plain_echo", "arguments": {"text": "boom"}})
    assert answer.json()["result"]["structuredContent"]["code"] == "INTERNAL_ERROR"
    assert "secret" not in answer.text
    assert "secret" in caplog.text


@pytest.mark.parametrize("name", ["nope", "demo_operator", "", None, 5, "demo_echo "])
async def test_unknown_and_unoffered_tools_are_invalid_params_alike(mcp: Any, name: Any) -> None:
    answer = await mcp("tools/call", {"name": name, "arguments": {}})
    assert answer.status_code == 200
    assert answer.json()["error"] == {
        "code": -32602, "message": "Unknown tool. tools/list names the tools that are offered here.",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"{x", 400, -32700),
        (b"\xff", 400, -32700),
        (b"[]", 400, -32600),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 400, -32600),
        (b"5", 400, -32600),
        (b"{}", 400, -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 400, -32600),
        (b"[" * 5000, 400, -32600),
        (b"[" * 5000 + b"]" * 5000, 400, -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"nope"}', 200, -32601),
        (b'"' + b"x" * (1 << 20) + b'"', 413, -32600),
    ],
)
async def test_a_malformed_message_is_a_protocol_error(mcp: Any, raw: bytes, status: int, code: int) -> None:
    answer = await mcp.send(raw)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "pydantic" not in answer.text


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "HEAD", "OPTIONS"])
async def test_only_post_is_answered(mcp: Any, method: str) -> None:
    answer = await mcp.http.request(method, "/mcp")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_foreign_headers_get_the_sdk_s_own_refusals(mcp: Any) -> None:
    assert (await mcp("ping", accept="text/html")).status_code == 406
    assert (await mcp("ping", mcp_protocol_version="1999-01-01")).status_code == 400
    assert (await mcp("ping", mcp_protocol_version="2025-06-18")).json()["result"] == {}


async def test_a_refused_version_is_not_repeated_at_length(mcp: Any) -> None:
    answer = await mcp("ping", mcp_protocol_version="IGNORE" * 20)
    assert (answer.status_code, "IGNORE" in answer.text) == (400, False)


async def test_the_trailing_slash_makes_no_difference(mcp: Any) -> None:
    assert (await mcp("ping", path="/mcp/")).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}


@pytest.mark.parametrize("path", ["/mcp/x", "/mcp/y", "/mcp/x/demo/extra", "/mcp/readonly/readonly"])
async def test_an_unknown_address_is_not_found(mcp: Any, path: str) -> None:
    assert (await mcp("ping", path=path)).status_code == 404


@pytest.mark.parametrize(
    "selection",
    [
        {"path": "/mcp/x/demo"},
        {"x_mcp_toolsets": "demo"},
        {"path": "/mcp?toolsets=demo"},
        {"path": "/mcp/x/demo", "x_mcp_toolsets": "plain"},
        {"path": "/mcp?toolsets=plain", "x_mcp_toolsets": "demo"},
    ],
)
async def test_a_toolset_is_selected_by_path_then_header_then_query(mcp: Any, selection: dict[str, str]) -> None:
    names = await mcp.names(**selection)
    assert names == ["demo_echo", "demo_wait", "demo_whoami", "demo_write"]
    assert "error" in (await mcp("tools/call", {"name": "plain_echo"}, **selection)).json()


async def test_an_unknown_toolset_is_refused_naming_the_groups(mcp: Any) -> None:
    answer = await mcp("ping", path="/mcp/x/demo,nope")
    assert answer.status_code == 400
    assert "demo, nexus, plain" in answer.json()["error"]["message"]
    assert "nope" not in answer.text


async def test_single_tools_are_selected_by_name(mcp: Any) -> None:
    assert await mcp.names(x_mcp_tools="plain_echo, demo_echo") == ["demo_echo", "plain_echo"]
    assert (await mcp("ping", x_mcp_tools="nope")).status_code == 400


@pytest.mark.parametrize(
    "selection", [{"path": "/mcp/x/demo/readonly"}, {"path": "/mcp/readonly/x/demo"}, {"x_mcp_readonly": "true"}]
)
async def test_read_only_hides_writers_and_refuses_them(mcp: Any, selection: dict[str, str]) -> None:
    assert "demo_write" not in await mcp.names(**selection)
    error = (await mcp.call("demo_write", {"name": "x"}, **selection))["error"]
    assert (error["code"], error["details"]["readonly"]) == ("PERMISSION_DENIED", True)


async def test_a_selection_never_widens_what_the_key_allows(http: Callable[..., Any], agent: Any) -> None:
    mcp = Mcp(http(replace(agent, toolsets=frozenset({"plain"}), read_only=True)))
    assert await mcp.names() == ["plain_echo"]
    assert await mcp.names(path="/mcp/x/demo", x_mcp_readonly="false") == []


async def test_a_tool_without_its_flag_is_hidden_and_denied(http: Callable[..., Any], agent: Any) -> None:
    mcp = Mcp(http(replace(agent, flags=frozenset())))
    assert "demo_write" not in await mcp.names(path="/mcp/x/demo")
    assert (await mcp.call("demo_write", {"name": "x"}))["error"]["details"][
        "required_permission"
    ] == "messages.send_direct"


@pytest.mark.parametrize("caller", [None, "loopback", "session"])
async def test_mcp_always_needs_a_key(http: Callable[..., Any], agent: Any, caller: str | None) -> None:
    answer = await Mcp(http(caller and replace(agent, auth=caller)))("ping")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH_REQUIRED")


async def test_a_listed_tool_says_what_it_does_and_what_others_wrote(mcp: Any) -> None:
    tools = {tool["name"]: tool for tool in (await mcp("tools/list")).json()["result"]["tools"]}
    assert tools["demo_echo"]["annotations"] == {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True}
    assert tools["demo_write"]["annotations"] == {
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": False,
    }
    assert tools["demo_echo"]["_meta"] == {"pulse/untrusted": ["data.text"]}


async def test_a_long_call_is_streamed_to_clients_that_take_streams(mcp: Any) -> None:
    streamed = await mcp("tools/call", {"name": "demo_wait", "arguments": {}})
    plain = await mcp("tools/call", {"name": "demo_wait", "arguments": {}}, accept="application/json")
    assert streamed.headers["content-type"] == "text/event-stream"
    assert events(streamed) == [plain.json()]


async def test_a_call_with_a_progress_token_is_told_of_progress(mcp: Any) -> None:
    params = {"name": "demo_echo", "arguments": {"text": "a"}, "_meta": {"progressToken": "t"}}
    first, last = events(await mcp("tools/call", params))
    assert first["params"] == {"progressToken": "t", "progress": 0.0}
    assert last["result"]["structuredContent"]["ok"] is True


async def test_the_caller_is_known_as_an_mcp_caller(mcp: Any) -> None:
    assert (await mcp.call("demo_whoami"))["data"] == {"name": "alice", "transport": "mcp", "read_only": False}


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/event-stream"])
async def test_a_client_that_leaves_ends_its_long_call(agent: Any, accept: str) -> None:
    from pulse_project.core import mcp_mount

    params = {"name": "demo_wait", "arguments": {"seconds": 60}}
    content = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    arriving = [{"type": "http.request", "body": content}, {"type": "http.disconnect"}]
    headers = [(b"accept", accept.encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": headers, "state": {"caller": agent}}
    sent: list[Any] = []

    async def receive() -> Any:
        return arriving.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await mcp_mount.McpMount()(scope, receive, send)
    assert not [message for message in sent if b"result" in message.get("body", b"")]
