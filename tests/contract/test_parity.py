"""One operation answers the same over MCP, REST and the command line."""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx
import pytest

from pulse_project.core.management.commands import op
from pulse_project.core.operations import CLI, MCP, REGISTRY, REST, Operation
from pulse_project.core.ops_endpoint import PREFIX, ops_endpoint
from pulse_project.core.principals import Caller
from tests.contract.arguments import required_arguments

OPERATIONS = [pytest.param(operation, id=name) for name, operation in sorted(REGISTRY.items())]


def shape(value: Any, key: str = "") -> Any:
    """Keys and kinds of values all the way down; words of refusals in full. Ids and times differ between two calls."""
    if isinstance(value, dict):
        return {name: shape(item, name) for name, item in sorted(value.items())}
    if isinstance(value, list):
        return [shape(item, key) for item in value]
    return value if key in {"ok", "code", "message", "error", "field", "reason"} else type(value).__name__


async def over_http(caller: Caller, path: str, body: Any) -> Any:
    from pulse_project.core import hub, mcp_mount

    mount = mcp_mount.McpMount()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {"caller": caller}
        await (mount if scope["path"] == "/mcp" else ops_endpoint)(scope, receive, send)

    headers = {"accept": "application/json", "content-type": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        answer = (await client.post(path, json=body, headers=headers)).json()
    await hub.hub().stop()
    return answer


def over_mcp(caller: Caller, operation: Operation, given: Any) -> Any:
    params = {"name": operation.name, "arguments": given}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    result = asyncio.run(over_http(caller, "/mcp", message))["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"]


def over_rest(caller: Caller, operation: Operation, given: Any) -> Any:
    return asyncio.run(over_http(caller, PREFIX + operation.name, given))


def over_cli(caller: Caller, operation: Operation, given: Any) -> Any:
    return json.loads(json.dumps(op.answer(operation.name, json.dumps(given), caller.name)[0]))


WAYS = {MCP: over_mcp, REST: over_rest, CLI: over_cli}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_transports_answer_alike(operation: Operation, fresh_store: Callable[[], Caller], project: str) -> None:
    given = required_arguments(operation.input_schema, project)
    ways = [WAYS[surface] for surface in sorted(operation.surfaces)]
    store = fresh_store if operation.writes else cache(fresh_store)
    answers = [shape(way(store(), operation, given)) for way in ways]
    assert len(answers) >= 2
    assert answers == [answers[0]] * len(answers)
