"""The official MCP client and the promises that depend on how a call travels: strings, waits, surfaces, identity."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.contract.programs import Server
from tests.contract.test_foreign_client import over_http, over_stdio

TEXTS = ["null", '{"a":1}', '{ "a" : 1 }', "[1]", "true", "1", '"x"', " ", "é\r\n\t\u2028\U0001f469\u200d\U0001f4bb"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def keys(server: Server) -> dict[str, str]:
    return {agent_id: server.key_of(agent_id) for agent_id in ("alice", "bob")}


@asynccontextmanager
async def connected(server: Server, key: str) -> AsyncIterator[Any]:
    async with over_http(server, key) as session:
        yield calls(session)


def calls(session: ClientSession) -> Any:
    async def call(tool: str, /, **arguments: Any) -> Any:
        answer = (await session.call_tool(tool, arguments)).structuredContent
        assert answer["ok"], answer
        return answer["data"]

    return call


async def test_an_answer_is_the_same_as_text_and_as_structure(server: Server, keys: Any) -> None:
    async with over_http(server, keys["alice"]) as session:
        answers = [await session.call_tool(name, {"agent_id": "ghost"}) for name in ("agent_get", "inbox_count")]
    assert [json.loads(answer.content[0].text) == answer.structuredContent for answer in answers] == [True, True]
    assert [(answer.isError, answer.structuredContent["ok"]) for answer in answers] == [(False, False), (False, True)]


async def travelled(alice: Any, text: str, project: str) -> list[str]:
    """The text after its way through a subject, a body, a payload and a result."""
    at = {"project_root": project}
    to_me = {"strategy": "direct", "agent_id": "alice"}
    await alice("message_create", **at, from_agent_id="alice", subject=text, body=text, target=to_me)
    message = (await alice("inbox_pull", agent_id="alice"))["messages"][-1]
    given = {"from_agent_id": "alice", "target": to_me, "visibility": "private", "payload": text}
    as_me = {**at, "agent_id": "alice", "handoff_id": (await alice("handoff_create", **at, **given))["handoff_id"]}
    claimed = await alice("handoff_claim", **as_me)
    await alice("handoff_complete", **as_me, result=text)
    handoff = await alice("handoff_get", **as_me)
    await alice("inbox_pull", agent_id="alice")
    return [message["subject"], message["body"], claimed["payload"], handoff["result"]]


async def test_a_string_arrives_byte_for_byte(server: Server, keys: Any, tmp_path: Path) -> None:
    async with connected(server, keys["alice"]) as alice:
        found = {text: await travelled(alice, text, str(tmp_path)) for text in TEXTS}
    assert found == {text: [text] * 4 for text in TEXTS}


async def test_a_json_artifact_keeps_its_bytes(server: Server, keys: Any, tmp_path: Path) -> None:
    at = {"project_root": str(tmp_path)}
    contents = ['{"a":1}', "[1,  2]", "null", '"x"', "1.50", "1" * 29]
    async with connected(server, keys["alice"]) as alice:
        puts = [await alice("artifact_put", **at, artifact_type="JSON", content=content) for content in contents]
        gots = [await alice("artifact_get", **at, artifact_id=put["artifact_id"]) for put in puts]
    assert [got["content"] for got in gots] == contents


async def test_a_reason_may_look_like_json(server: Server, keys: Any, tmp_path: Path) -> None:
    at = {"project_root": str(tmp_path)}
    given = {"from_agent_id": "alice", "target": {"strategy": "broadcast"}, "visibility": "public"}
    async with connected(server, keys["alice"]) as alice:
        handoff_id = (await alice("handoff_create", **at, **given))["handoff_id"]
        answer = await alice("handoff_cancel", **at, agent_id="alice", handoff_id=handoff_id, reason='{"a":1}')
    assert answer == {"handoff_id": handoff_id, "status": "CANCELLED"}


async def test_waits_stand_side_by_side_and_in_nobodys_way(server: Server, keys: Any, tmp_path: Path) -> None:
    async with connected(server, keys["alice"]) as alice, connected(server, keys["bob"]) as bob:
        await alice("workspace_resolve", project_root=str(tmp_path))
        wait = {"project_root": str(tmp_path), "agent_id": "bob", "stream": "workspace", "timeout_seconds": 20}
        waiting = [asyncio.create_task(bob("event_wait", **wait)) for _ in range(8)]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await bob("inbox_count", agent_id="bob")
        looked = time.monotonic() - began
        await alice("message_create", project_root=str(tmp_path), from_agent_id="alice", subject="s", body="b")
        pages = await asyncio.gather(*waiting)
    assert looked < 5
    assert time.monotonic() - began < 15
    assert {(len(page["events"]), page["timed_out"]) for page in pages} == {(1, False)}


async def test_a_wait_for_work_is_ended_by_work(server: Server, keys: Any, tmp_path: Path) -> None:
    async with connected(server, keys["alice"]) as alice, connected(server, keys["bob"]) as bob:
        at = {"project_root": str(tmp_path)}
        task = asyncio.create_task(bob("handoff_list_available", **at, agent_id="bob", timeout_seconds=20))
        await asyncio.sleep(0.05)
        target = {"strategy": "direct", "agent_id": "bob"}
        made = await alice("handoff_create", **at, from_agent_id="alice", target=target, visibility="private")
        found = await task
    assert [handoff["handoff_id"] for handoff in found["handoffs"]] == [made["handoff_id"]]


async def test_both_transports_offer_the_same_tools(server: Server, keys: Any, tmp_path: Path) -> None:
    server.board_for("alice")
    async with over_http(server, keys["alice"]) as session:
        over_the_net = {tool.name: tool.inputSchema for tool in (await session.list_tools()).tools}
    async with over_stdio(tmp_path / "home") as session:
        local = {tool.name: tool.inputSchema for tool in (await session.list_tools()).tools}
    of_operators = {"okto_pulse_create_board", "okto_pulse_update_board_settings", "okto_pulse_apply_board_preset"}
    assert over_the_net == {name: schema for name, schema in local.items() if name not in of_operators}
    assert len([name for name in local if not name.startswith("okto_")]) >= 38


async def test_stdio_with_a_key_is_its_agent_and_without_one_the_local_operator(server: Server, keys: Any) -> None:
    async with over_stdio(server.home, OKTO_NEXUS_API_KEY=keys["bob"]) as session:
        named = await calls(session)("agent_whoami")
    async with over_stdio(server.home) as session:
        unnamed = await calls(session)("agent_whoami")
    assert (named["agent_id"], unnamed["agent_id"]) == ("bob", None)


async def test_a_process_and_the_server_share_one_bus(server: Server, keys: Any, tmp_path: Path) -> None:
    sent = {"project_root": str(tmp_path), "from_agent_id": "bob", "subject": "s", "body": "b"}
    async with connected(server, keys["alice"]) as alice, over_stdio(server.home, PULSE_API_KEY=keys["bob"]) as session:
        wait = {"project_root": str(tmp_path), "agent_id": "alice", "stream": "workspace", "timeout_seconds": 20}
        waiting = asyncio.create_task(alice("event_wait", **wait))
        await asyncio.sleep(0.05)
        message = await calls(session)("message_create", **sent)
        page = await waiting
    assert [event["event_id"] for event in page["events"]] == [message["event_id"]]


async def test_the_published_address_with_the_key_in_it_works(server: Server, keys: Any) -> None:
    async with (
        httpx.AsyncClient(timeout=30) as http,
        streamable_http_client(f"{server.url}/mcp?api_key={keys['alice']}", http_client=http) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        assert (await calls(session)("agent_whoami"))["agent_id"] == "alice"
