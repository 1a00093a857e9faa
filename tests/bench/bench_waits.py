"""A hundred parked `event_wait` calls: what they cost others, and how fast a write wakes them."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

import httpx

from tests.bench.servers import ROOT, Pulse

WAITERS = 100


def spread(values: list[float]) -> str:
    """p50, p95 and maximum in words."""
    return f"p50 {percentile(values, 0.5):.1f} ms  p95 {percentile(values, 0.95):.1f} ms  max {max(values):.1f} ms"


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def op(client: httpx.AsyncClient, name: str, **arguments: Any) -> Any:
    answer = await client.post(f"/api/v1/ops/{name}", json=arguments)
    return answer.json()["data"]


async def quiet_latency(client: httpx.AsyncClient, count: int = 200) -> float:
    """p50 in ms of `inbox_count`."""
    seen = []
    for _ in range(count):
        begun = time.perf_counter()
        await op(client, "inbox_count", agent_id="receiver")
        seen.append((time.perf_counter() - begun) * 1000)
    return statistics.median(seen)


async def parked(client: httpx.AsyncClient, root: str, cursor: int) -> float:
    """Wait for the next event; answers the moment it arrived."""
    await op(
        client,
        "event_wait",
        project_root=root,
        agent_id="receiver",
        stream="workspace",
        cursor=cursor,
        timeout_seconds=20,
    )
    return time.perf_counter()


async def wake(client: httpx.AsyncClient, root: str, write: Any) -> list[float]:
    """Milliseconds from the write's answer to each waiter's answer."""
    head = await op(client, "event_cursor", project_root=root, agent_id="receiver", stream="workspace")
    waiters = [asyncio.create_task(parked(client, root, head["cursor"])) for _ in range(WAITERS)]
    await asyncio.sleep(1)
    begun = await write()
    return [(moment - begun) * 1000 for moment in await asyncio.gather(*waiters)]


def message(root: str) -> dict[str, Any]:
    return {"project_root": root, "from_agent_id": "sender", "subject": "wake", "body": "up"}


async def main() -> None:
    root = tempfile.mkdtemp(prefix="pulse-bench-root-")
    with Pulse() as pulse:
        key = pulse.make_agent("receiver")
        pulse.make_agent("sender")
        pulse.op("channel_create", key, project_root=root, name="bench")
        headers = {"Authorization": f"Bearer {key}"}
        limits = httpx.Limits(max_connections=WAITERS + 20)
        async with httpx.AsyncClient(base_url=pulse.url, headers=headers, timeout=60, limits=limits) as client:
            alone = await quiet_latency(client)
            head = await op(client, "event_cursor", project_root=root, agent_id="receiver", stream="workspace")
            waiters = [asyncio.create_task(parked(client, root, head["cursor"])) for _ in range(WAITERS)]
            await asyncio.sleep(1)
            beside = await quiet_latency(client)
            await op(client, "message_create", **message(root))
            await asyncio.gather(*waiters)
            print(f"-- {WAITERS} parked event_wait calls")
            ratio = beside / alone
            print(f"inbox_count p50 alone {alone:.2f} ms, beside them {beside:.2f} ms = {ratio:.2f}x, wanted <= 2x")

            async def here() -> float:
                begun = time.perf_counter()
                await op(client, "message_create", **message(root))
                return begun

            async def elsewhere() -> float:
                process = await asyncio.to_thread(start_writer, pulse, root)
                begun = time.perf_counter()
                await asyncio.to_thread(process.communicate, "go\n")
                return begun

            for name, write, limit in (("in process", here, 100), ("from another process", elsewhere, 250)):
                seen = [value for _ in range(5) for value in await wake(client, root, write)]
                print(f"wake {name:22} {spread(seen)}   wanted p95 <= {limit} ms")


_WRITER = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "pulse_project.settings"
import django
django.setup()
from pulse_project.core import executor, flags
from pulse_project.core.operations import REGISTRY
from pulse_project.core.principals import Caller, Kind
local = Caller(Kind.LOCAL, "local-operator", flags.declared())
print("ready", flush=True)
sys.stdin.readline()
executor.call_sync(REGISTRY["message_create"], json.loads(sys.argv[1]), local)
"""


def start_writer(pulse: Pulse, root: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, json.dumps(message(root))],
        cwd=ROOT,
        env=pulse.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    process.stdout.readline()
    return process


if __name__ == "__main__":
    asyncio.run(main())
