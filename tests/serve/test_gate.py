"""The outermost layer of the server: the second port and the last second."""

import pytest

from pulse_project.core.server import Gate


async def _ask(gate, *, path="/", port=8100, kind="http"):
    sent = []

    async def send(message):
        sent.append(message)

    await gate({"type": kind, "path": path, "server": ("127.0.0.1", port), "headers": []}, None, send)
    return sent[0]


async def _inner(scope, receive, send):
    await send({"type": "inner"})


@pytest.mark.parametrize("path", ["/mcp", "/mcp/x/nexus/readonly", "/livez", "/readyz"])
async def test_the_second_port_serves_agents_and_health(path):
    assert (await _ask(Gate(_inner, 8101), path=path, port=8101))["type"] == "inner"


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/v1/ops/inbox_pull", "/mcpx", "/static/app/app.css"])
async def test_the_second_port_serves_nothing_else(path):
    assert (await _ask(Gate(_inner, 8101), path=path, port=8101))["status"] == 404


async def test_the_second_port_has_no_websocket():
    answer = await _ask(Gate(_inner, 8101), path="/ws/live/", port=8101, kind="websocket")
    assert answer["type"] == "websocket.close"


async def test_the_main_port_serves_everything():
    assert (await _ask(Gate(_inner, 8101), path="/admin/", port=8100))["type"] == "inner"


async def test_a_stopping_server_turns_new_calls_away():
    gate = Gate(_inner, 0)
    gate.is_stopping = True
    refused = await _ask(gate)
    assert refused["status"] == 503
    assert (b"retry-after", b"1") in refused["headers"]
