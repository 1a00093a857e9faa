"""Every tool, shared.md and the graph on a store of 100,000 messages, events and open handoffs, beside an empty one."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx

from tests.bench.bench_waits import percentile
from tests.bench.servers import ROOT, Pulse, engine

ROWS = 100_000
ROUNDS = 31
Arguments = Callable[[dict[str, Any]], dict[str, Any]]


class Side:
    """One server with its client, and what the calls need to know of its store."""

    def __init__(self, pulse: Pulse, client: httpx.AsyncClient, root: str) -> None:
        self.pulse, self.client, self.facts = pulse, client, {"root": root}

    async def call(self, name: str, arguments: dict[str, Any]) -> tuple[float, Any]:
        begun = time.perf_counter()
        if name.startswith("GET "):
            answer = await self.client.get(name[4:])
        else:
            answer = await self.client.post(f"/api/v1/ops/{name}", json=arguments)
        milliseconds = (time.perf_counter() - begun) * 1000
        body = answer.json()
        if not body["ok"] and body["error"]["code"] != "MIGRATED":
            raise SystemExit(f"{name}: {body}")
        return milliseconds, body.get("data")


def plan() -> list[tuple[str, Arguments]]:
    """(operation, arguments from what the earlier ones answered), in an order that each can build on."""

    def in_root(**more: Any) -> Arguments:
        return lambda facts: {"project_root": facts["root"], **more}

    def as_receiver(**more: Any) -> Arguments:
        return lambda facts: {"agent_id": "receiver", **more}

    direct = {"strategy": "direct", "agent_id": "receiver"}
    handoff = lambda facts: {"project_root": facts["root"], "handoff_id": facts["handoff_id"], "agent_id": "receiver"}  # noqa: E731
    offered = in_root(from_agent_id="sender", target=direct, visibility="public", payload="work")
    return [
        ("nexus_info", lambda _: {}),
        ("workspace_resolve", in_root()),
        ("workspace_list", lambda _: {}),
        ("agent_register", as_receiver(role="reviewer")),
        ("agent_list", lambda _: {}),
        ("agent_get", as_receiver()),
        ("agent_whoami", lambda _: {}),
        ("capability_list", lambda _: {}),
        ("session_open", lambda facts: {"agent_id": "receiver", "workspace_id": facts["workspace_id"]}),
        ("session_heartbeat", lambda facts: {"session_id": facts["session_id"]}),
        ("session_close", lambda facts: {"session_id": facts["session_id"]}),
        ("event_cursor", in_root(agent_id="receiver", stream="workspace")),
        ("event_get", in_root(agent_id="receiver", stream="workspace", cursor=0, limit=20)),
        ("event_wait", in_root(agent_id="receiver", stream="workspace", cursor=0, limit=20)),
        ("channel_create", in_root(name="bench")),
        ("channel_list", in_root()),
        ("message_create", in_root(from_agent_id="sender", subject="s", body="b", target=direct)),
        ("message_status", lambda facts: {"message_id": facts["message_id"]}),
        ("inbox_count", as_receiver()),
        ("inbox_peek", as_receiver(limit=20)),
        ("inbox_pull", as_receiver(limit=1)),
        ("inbox_extend", lambda facts: {"agent_id": "receiver", "message_ids": facts["pulled"], "extend_seconds": 60}),
        ("inbox_ack", lambda facts: {"agent_id": "receiver", "message_ids": facts["pulled"]}),
        ("inbox_history", as_receiver(limit=20)),
        ("handoff_create", offered),
        ("handoff_list_available", in_root(agent_id="receiver", limit=20)),
        ("handoff_get", handoff),
        ("handoff_claim", handoff),
        ("handoff_complete", handoff),
        ("handoff_create", offered),
        ("handoff_reject", handoff),
        ("handoff_create", offered),
        ("handoff_cancel", lambda facts: {**handoff(facts), "agent_id": "sender"}),
        ("artifact_put", in_root(artifact_type="text", content="text")),
        ("artifact_get", lambda facts: {"project_root": facts["root"], "artifact_id": facts["artifact_id"]}),
        ("coordination_health", in_root(agent_id="receiver")),
        ("shared_md_render", lambda facts: {"workspace_id": facts["workspace_id"]}),
        ("message_get", lambda _: {}),
        ("GET /api/v1/nexus/graph", lambda _: {}),
    ]


def learn(facts: dict[str, Any], data: Any) -> None:
    for name in ("workspace_id", "session_id", "message_id", "handoff_id", "artifact_id"):
        if isinstance(data, dict) and isinstance(data.get(name), str):
            facts[name] = data[name]
    if isinstance(data, dict) and data.get("messages") and "delivery_id" in data["messages"][0]:
        facts["pulled"] = [data["messages"][0]["message_id"]]


async def measure(sides: list[Side]) -> dict[tuple[int, str], list[list[float]]]:
    seen: dict[tuple[int, str], list[list[float]]] = {}
    for _ in range(ROUNDS):
        for step, (name, arguments) in enumerate(plan()):
            for number, side in enumerate(sides):
                milliseconds, data = await side.call(name, arguments(side.facts))
                learn(side.facts, data)
                seen.setdefault((step, name), [[], []])[number].append(milliseconds)
    return seen


async def main() -> None:
    root = tempfile.mkdtemp(prefix="pulse-bench-root-")
    async with AsyncExitStack() as stack:
        sides = []
        for full in (False, True):
            pulse = Pulse()
            if full:
                command = [sys.executable, "-m", "tests.bench.fill", root, str(ROWS)]
                await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=pulse.env, check=True)
            stack.enter_context(pulse)
            pulse.make_agent("receiver")
            pulse.make_agent("sender")
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=pulse.url, timeout=60))
            sides.append(Side(pulse, client, root))
        seen = await measure(sides)
    print(f"-- {ROWS} messages, events and open handoffs beside an empty store, {engine()}, p50 of {ROUNDS}")
    print("   wanted <= 1.5x + 0.5 ms")
    for (_, name), (empty, full_) in seen.items():
        low, high = percentile(empty, 0.5), percentile(full_, 0.5)
        verdict = "ok" if high <= 1.5 * low + 0.5 else "TOO SLOW"
        print(f"{name:28} empty {low:6.2f} ms   full {high:6.2f} ms   {high / low:5.2f}x   {verdict}")


if __name__ == "__main__":
    asyncio.run(main())
