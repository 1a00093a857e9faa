"""A busy server that is told to stop: it says so to everybody and is gone within two seconds."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.bench.servers import ROOT, Pulse

SOCKETS, WAITS, STREAMS = 500, 100, 10
EVENTS = 12_000


@pytest.fixture
def pulse(tmp_path: Path) -> Iterator[Pulse]:
    """A server over a store whose events all may be pruned."""
    server = Pulse(PULSE_RATE_LIMIT_PER_MINUTE="0")
    command = [sys.executable, "-m", "tests.bench.fill", str(tmp_path), str(EVENTS)]
    subprocess.run(command, cwd=ROOT, env=server.env, check=True, timeout=120)
    with server:
        yield server


async def socket_of(stack: AsyncExitStack, pulse: Pulse) -> ClientConnection:
    url = pulse.url.replace("http", "ws") + "/ws/live/"
    socket = await stack.enter_async_context(connect(url, origin=pulse.url, proxy=None))  # type: ignore[arg-type]
    await socket.send(json.dumps({"op": "sub", "topics": [{"name": "nexus:all"}]}))
    await socket.recv()
    return socket


async def closing_code(socket: ClientConnection) -> int:
    try:
        while True:
            await socket.recv()
    except ConnectionClosed:
        return socket.close_code or 0


async def waited(client: httpx.AsyncClient, root: str) -> Any:
    place = {"project_root": root, "agent_id": "watcher", "stream": "workspace", "cursor": EVENTS}
    arguments = {**place, "timeout_seconds": 30}
    answer = await client.post("/api/v1/ops/event_wait", json=arguments)
    return answer.json()


async def streamed(client: httpx.AsyncClient) -> bool:
    """Whether the stream came to a proper end."""
    async with client.stream("GET", f"/api/v1/nexus/stream?last_event_id={EVENTS}") as answer:
        async for _ in answer.aiter_bytes():
            continue
    return True


async def stop_a_busy(pulse: Pulse, root: str) -> dict[str, Any]:
    limits = httpx.Limits(max_connections=WAITS + STREAMS + 5)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=pulse.url, timeout=60, limits=limits))
        sockets = [await socket_of(stack, pulse) for _ in range(SOCKETS)]
        codes = [asyncio.create_task(closing_code(socket)) for socket in sockets]
        waits = [asyncio.create_task(waited(client, root)) for _ in range(WAITS)]
        streams = [asyncio.create_task(streamed(client)) for _ in range(STREAMS)]
        await asyncio.sleep(1)
        prune = asyncio.create_task(
            client.post("/api/v1/nexus/admin/prune", json={"dry_run": False, "events_keep_days": 0})
        )
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        pulse.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(pulse.process.wait, 10)
        seconds = time.monotonic() - begun
        await asyncio.gather(prune, return_exceptions=True)
        return {
            "status": status,
            "seconds": seconds,
            "codes": set(await asyncio.gather(*codes)),
            "waits": await asyncio.gather(*waits, return_exceptions=True),
            "streams": await asyncio.gather(*streams, return_exceptions=True),
        }


def test_a_busy_server_stops_within_two_seconds_and_tells_everybody(pulse: Pulse, tmp_path: Path) -> None:
    seen = asyncio.run(stop_a_busy(pulse, str(tmp_path)))
    assert (seen["status"], seen["codes"]) == (0, {1012})
    assert seen["seconds"] < 2
    assert all(isinstance(answer, dict) and answer["data"]["timed_out"] for answer in seen["waits"])
    assert seen["streams"] == [True] * STREAMS
