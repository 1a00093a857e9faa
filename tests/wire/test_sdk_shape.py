"""What the mount answers itself equals, byte for byte, what the official SDK answers to the same request."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from tests.wire.clients import Mcp

HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@pytest.fixture
async def sdk(agent: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the same server object through the SDK's transport alone."""
    from pulse_project.core import mcp_adapter

    mcp_adapter.install()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {}
        content = (await receive())["body"]
        await mcp_adapter.serve(scope, agent.via("mcp"), content, receive=receive, send=send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8100") as client:
        yield client


REQUESTS: list[tuple[str, Any, Any]] = [
    ("ping", None, 1),
    ("ping", {}, "text-id"),
    ("tools/list", None, 2),
    ("tools/list", {"cursor": "x"}, 3),
    ("tools/call", {"name": "demo_echo", "arguments": {"text": 'é\u2028 "quoted" \\ </script> \U0001f600'}}, 4),
    ("tools/call", {"name": "demo_echo", "arguments": {"text": 1}}, 5),
    ("tools/call", {"name": "demo_echo", "arguments": None}, 6),
    ("tools/call", {"name": "plain_echo"}, 7),
    ("tools/call", {"name": "nope", "arguments": {}}, 8),
]


@pytest.mark.parametrize(("method", "params", "identifier"), REQUESTS)
async def test_a_direct_answer_equals_the_sdk_s(
    mcp: Any, sdk: httpx.AsyncClient, method: str, params: Any, identifier: Any
) -> None:
    message = {"jsonrpc": "2.0", "id": identifier, "method": method} | ({} if params is None else {"params": params})
    theirs = await sdk.post("/mcp", content=json.dumps(message), headers=HEADERS)
    ours = await mcp.send(json.dumps(message))
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    assert ours.headers["content-type"] == theirs.headers["content-type"]


def test_a_stream_frames_messages_as_the_sdk_does() -> None:
    from sse_starlette import ServerSentEvent

    from pulse_project.core import mcp_stream

    assert mcp_stream.event(b'{"a":1}') == ServerSentEvent(event="message", data='{"a":1}').encode()


def test_progress_is_written_as_the_sdk_does() -> None:
    from mcp import types

    from pulse_project.core import mcp_messages

    params = types.ProgressNotificationParams(progressToken="t", progress=15)
    notification = types.ProgressNotification(params=params).model_dump(by_alias=True, mode="json", exclude_none=True)
    theirs = types.JSONRPCMessage(types.JSONRPCNotification(jsonrpc="2.0", **notification))
    assert json.loads(mcp_messages.progress("t", 15)) == json.loads(
        theirs.model_dump_json(by_alias=True, exclude_none=True)
    )


async def test_every_listed_tool_is_one_that_the_sdk_can_read(mcp: Any) -> None:
    from mcp import types

    listed = (await mcp("tools/list")).json()["result"]
    assert len(types.ListToolsResult.model_validate(listed).tools) == len(listed["tools"]) > 0


async def test_the_server_object_offers_no_tool_of_its_own(http: Callable[..., Any], agent: Any) -> None:
    assert "get_server_instructions" not in await Mcp(http(agent)).names()
