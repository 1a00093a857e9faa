"""The official MCP client against a running server and against a stdio process; the command line in a process."""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.contract.programs import Server, command, environment


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.key_of("alice")


@asynccontextmanager
async def over_http(server: Server, key: str, path: str = "/mcp") -> AsyncIterator[ClientSession]:
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as http,
        streamable_http_client(server.url + path, http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


@asynccontextmanager
async def over_stdio(home: Path, **env: str) -> AsyncIterator[ClientSession]:
    words = command("stdio_server")
    parameters = StdioServerParameters(command=words[0], args=words[1:], env=environment(home, **env))
    async with stdio_client(parameters) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


async def _use(session: ClientSession, project: str) -> list[Any]:
    """The first calls of an agent; their structured answers."""
    calls = [
        ("workspace_resolve", {"project_root": project}),
        ("agent_register", {"agent_id": "alice", "role": "builder"}),
        ("message_create", {"project_root": project, "from_agent_id": "alice", "subject": "s", "body": "b"}),
        ("inbox_count", {"agent_id": "alice"}),
        ("event_wait", {"project_root": project, "agent_id": "alice", "stream": "workspace", "timeout_seconds": 5}),
    ]
    return [(await session.call_tool(name, arguments)).structuredContent for name, arguments in calls]


async def test_the_official_client_works_over_http(server: Server, key: str, tmp_path: Path) -> None:
    async with over_http(server, key) as session:
        tools = (await session.list_tools()).tools
        answers = await _use(session, str(tmp_path))
        pages = (await session.list_resources()).resources
    assert [answer["ok"] for answer in answers] == [True] * 5
    assert {"message_create", "inbox_pull"} <= {tool.name for tool in tools}
    assert "pulse://handbook/starting" in {str(page.uri) for page in pages}


async def test_a_refused_and_an_unknown_call_reach_the_client(server: Server, key: str) -> None:
    async with over_http(server, key, "/mcp/x/nexus/readonly") as session:
        refused = await session.call_tool("agent_register", {"agent_id": "alice"})
        with pytest.raises(McpError, match="Unknown tool"):
            await session.call_tool("nope", {})
    assert (refused.isError, refused.structuredContent["error"]["code"]) == (False, "PERMISSION_DENIED")


async def test_progress_reaches_the_client(server: Server, key: str, tmp_path: Path) -> None:
    seen: list[float] = []

    async def note(progress: float, _total: float | None, _message: str | None) -> None:
        seen.append(progress)

    async with over_http(server, key) as session:
        arguments = {"project_root": str(tmp_path), "agent_id": "alice", "stream": "handoff", "timeout_seconds": 1}
        answer = await session.call_tool("event_wait", arguments, progress_callback=note)
    assert answer.structuredContent["data"]["timed_out"] is True
    assert seen[0] == 0.0


@pytest.mark.parametrize("key", ["", "nxs_" + "0" * 48, "wrong"])
def test_mcp_without_a_good_key_is_401_on_loopback_too(server: Server, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = httpx.post(server.url + "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] in {"AUTH_REQUIRED", "AUTH_FAILED"}


def test_the_documents_are_served(server: Server) -> None:
    page, schema = httpx.get(server.url + "/api/docs"), httpx.get(server.url + "/api/schema")
    assert (page.status_code, schema.status_code) == (200, 200)
    assert "POST /api/v1/ops/inbox_count" in page.text
    assert "<script>" not in page.text


async def test_the_official_client_works_over_stdio(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    async with over_stdio(home) as session:
        answers = await _use(session, str(project))
        prompts = (await session.list_prompts()).prompts
    assert [answer["ok"] for answer in answers] == [True] * 5
    assert "start_up" in {prompt.name for prompt in prompts}


async def test_stdio_offers_what_its_environment_selects(tmp_path: Path) -> None:
    async with over_stdio(tmp_path / "home", PULSE_READONLY="true", PULSE_TOOLSETS="nexus") as session:
        names = {tool.name for tool in (await session.list_tools()).tools}
    assert "inbox_count" in names
    assert "inbox_pull" not in names


@pytest.mark.parametrize(
    "env",
    [
        {"PULSE_API_KEY": "nxs_" + "0" * 48},
        {"OKTO_NEXUS_API_KEY": "x"},
        {"PULSE_TRUST_MODE": "strict"},
        {"PULSE_TOOLSETS": "nope"},
    ],
)
def test_stdio_does_not_start_with_an_identity_in_doubt(tmp_path: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        command("stdio_server"), env=environment(tmp_path / "home", **env), input=b"", capture_output=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"CONFIG_ERROR" in done.stderr


def test_stdio_answers_malformed_lines_in_the_protocol(tmp_path: Path) -> None:
    call = '{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"inbox_count","arguments":%s}}'
    lines = [
        "{x",
        "[]",
        call % (1, '"{}"'),
        call % (2, '{"agent_id":"\\u0000"}'),
        '{"jsonrpc":"2.0","id":3,"method":"nope"}',
        "",
    ]
    done = subprocess.run(
        command("stdio_server"),
        env=environment(tmp_path / "home"),
        input="\n".join(lines).encode(),
        capture_output=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["error"]["code"] for answer in answers if "error" in answer] == [-32700, -32600, -32601]
    assert [answer["result"]["structuredContent"]["ok"] for answer in answers if "result" in answer] == [False, False]


def _op(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("op", *words),
        env=environment(home, **env),
        capture_output=True,
        text=True,
        timeout=60,
        input='{"agent_id": "\\u00e9"}',
    )


def test_the_command_line_prints_the_body(tmp_path: Path) -> None:
    done = _op(tmp_path / "home", "agent_register", "-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"]["agent_id"] == "é"
    assert done.stdout.isascii()


def test_a_refusal_on_the_command_line_exits_2(tmp_path: Path) -> None:
    done = _op(tmp_path / "home", "agent_get", '{"agent_id": "nobody"}')
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "NOT_FOUND")


@pytest.mark.parametrize("words", [["--as", "alice"], ["--api-key", "x"], ["nxs_" + "0" * 48]])
def test_a_key_on_the_command_line_is_refused_with_a_hint(tmp_path: Path, words: list[str]) -> None:
    done = _op(tmp_path / "home", "nexus_info", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "PULSE_API_KEY" in done.stderr
