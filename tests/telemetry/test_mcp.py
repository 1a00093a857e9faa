"""The official MCP client meets telemetry's reads as tools, with the figures of every other way in."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.programs import Server, command, environment
from tests.contract.test_foreign_client import over_http
from tests.telemetry.events import event

EVENTS = [
    event("phase.close", phase="3", tasks_done=2),
    event("task.close", phase="3", duration_ms=120),
    event("workflow.next.stop_reason", stop_reason="blocked"),
    event("verification.completed", target="api", passed=True, checks_total=2, checks_passed=1),
]
SPAN = {"from": "2026-09-01T00:00:00Z", "to": "2026-09-02T00:00:00Z"}
FIGURES: dict[str, tuple[str, dict[str, str]]] = {
    "metrics_counts": ("counts", {"by": "source"}),
    "metrics_phases": ("phases", {}),
    "metrics_stop_reasons": ("stop-reasons", {}),
    "metrics_verification": ("verification", SPAN),
    "metrics_durations": ("durations", {"type": "task.close"}),
    "metrics_outcomes": ("outcomes", {"source": "ci"}),
    "metrics_series": ("series", {**SPAN, "interval": "hour", "by": "type"}),
    "metrics_verification_series": ("verification-series", SPAN),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("home")) as running:
        running.post("/v1/events:batch", EVENTS, **{"X-Pulse-Source": "ci"})
        while not _read(running, "/v1/metrics/outcomes")["accepted"]:  # written within half a second
            continue
        yield running


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.key_of("alice")


def _read(server: Server, path: str) -> Any:
    with urllib.request.urlopen(server.url + path, timeout=30) as answer:
        return json.load(answer)


async def test_every_read_is_a_tool(server: Server, key: str) -> None:
    async with over_http(server, key) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert {"events_list", "events_show", *FIGURES} <= tools.keys()
    assert all(tools[name].annotations.readOnlyHint for name in FIGURES)


@pytest.mark.parametrize("name", FIGURES)
async def test_a_figure_is_the_same_over_mcp_and_http(server: Server, key: str, name: str) -> None:
    path, arguments = FIGURES[name]
    async with over_http(server, key) as session:
        answer = await session.call_tool(name, arguments)
    direct = _read(server, f"/v1/metrics/{path}?{urllib.parse.urlencode(arguments)}")
    plain = server.post("/mcp/call", {"tool": name, "input": arguments})["result"]
    assert answer.structuredContent == direct == plain
    assert any(direct.values())


def test_a_figure_is_the_same_on_the_command_line(server: Server) -> None:
    words = command("op", "metrics_verification", json.dumps(SPAN))
    done = subprocess.run(words, env=environment(server.home), capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout) == _read(server, f"/v1/metrics/verification?{urllib.parse.urlencode(SPAN)}")


async def test_an_event_is_listed_and_shown(server: Server, key: str) -> None:
    async with over_http(server, key) as session:
        listed = (await session.call_tool("events_list", {"type": "task.close"})).structuredContent
        (found,) = listed["events"]
        shown = (await session.call_tool("events_show", {"event_id": found["event_id"]})).structuredContent
    assert shown == found
