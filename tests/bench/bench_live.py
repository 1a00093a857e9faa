"""Delivery of one event to SSE streams, a websocket and 500 websockets."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.bench_waits import message, spread
from tests.bench.servers import Pulse, engine

SOCKETS = 500


async def op(client: httpx.AsyncClient, name: str, **arguments: Any) -> Any:
    answer = await client.post(f"/api/v1/ops/{name}", json=arguments)
    return answer.json()["data"]


async def subscribed(stack: AsyncExitStack, pulse: Pulse, key: str, topic: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {key}"} if key else {"Origin": pulse.url}
    url = pulse.url.replace("http", "ws") + "/ws/live/"
    socket = await stack.enter_async_context(connect(url, additional_headers=headers, proxy=None))
    await socket.send(json.dumps({"op": "sub", "topics": [{"name": topic}]}))
    while json.loads(await socket.recv()).get("op") != "sub.ok":
        pass
    return socket


async def next_event(socket: ClientConnection) -> float:
    while json.loads(await asyncio.wait_for(socket.recv(), 20)).get("op") != "event":
        pass
    return time.perf_counter()


async def sse_events(client: httpx.AsyncClient, workspace: str, cursor: int) -> AsyncIterator[str]:
    async with client.stream("GET", f"/api/v1/nexus/stream?workspace={workspace}&last_event_id={cursor}") as answer:
        yield "open"
        async for line in answer.aiter_lines():
            if line.startswith("id:"):
                yield line


async def rounds(client: httpx.AsyncClient, root: str, listeners: Any, count: int) -> list[float]:
    """Milliseconds from just before the write to each listener's event, over `count` writes."""
    seen: list[float] = []
    for _ in range(count):
        tasks = [asyncio.create_task(wait()) for wait in listeners]
        await asyncio.sleep(0.05)
        begun = time.perf_counter()
        await op(client, "message_create", **message(root))
        seen += [(moment - begun) * 1000 for moment in await asyncio.gather(*tasks)]
    return seen


async def main() -> None:
    root = tempfile.mkdtemp(prefix="pulse-bench-root-")
    with Pulse() as pulse:
        key = pulse.make_agent("receiver")
        pulse.make_agent("sender")
        workspace = pulse.op("workspace_resolve", key, project_root=root)["workspace_id"]
        topic = f"nexus:{workspace}"
        print(f"-- live delivery, {engine()}, from before the write to the client")
        async with (
            httpx.AsyncClient(base_url=pulse.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client,
            httpx.AsyncClient(base_url=pulse.url, timeout=60) as local,
            AsyncExitStack() as stack,
        ):
            one = await subscribed(stack, pulse, key, topic)
            seen = await rounds(client, root, [lambda: next_event(one)], 50)
            print(f"websocket        {spread(seen)}   wanted p95 <= 100 ms")
            head = await op(client, "event_cursor", project_root=root, agent_id="receiver", stream="workspace")
            stream = sse_events(local, workspace, head["cursor"])
            await anext(stream)

            async def next_sse() -> float:
                await anext(stream)
                return time.perf_counter()

            seen = await rounds(client, root, [next_sse], 50)
            print(f"SSE              {spread(seen)}   wanted p95 <= 100 ms")
            await one.close()
            sockets = [await subscribed(stack, pulse, "", topic) for _ in range(SOCKETS)]
            seen = await rounds(client, root, [lambda s=s: next_event(s) for s in sockets], 3)
            print(f"{SOCKETS} websockets   {spread(seen)}   wanted max <= 200 ms")


if __name__ == "__main__":
    asyncio.run(main())
