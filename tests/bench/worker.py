"""A client process: official MCP sessions that obey one JSON command a line and answer the latencies they saw."""

import asyncio
import json
import random
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

Call = tuple[str, dict[str, Any], float]  # tool, arguments, share of the calls


async def connect(stack: AsyncExitStack, url: str, key: str) -> ClientSession:
    headers = {"Authorization": f"Bearer {key}"} if key else None
    read, write, _ = await stack.enter_async_context(streamablehttp_client(url + "/mcp", headers=headers))
    session = await stack.enter_async_context(ClientSession(read, write))
    await session.initialize()
    await session.list_tools()
    return session


def pick(calls: list[Call], dice: random.Random) -> tuple[str, dict[str, Any]]:
    roll = dice.random()
    for tool, arguments, share in calls:
        roll -= share
        if roll < 0:
            return tool, arguments
    return calls[-1][0], calls[-1][1]


async def drive(session: ClientSession, command: dict[str, Any], seed: int) -> tuple[list[float], list[str]]:
    """Latencies in milliseconds, and the code of each answer that was not `ok`."""
    dice, latencies, failed = random.Random(seed), [], []
    for _ in range(command["count"]):
        tool, arguments = pick(command["calls"], dice)
        begun = time.perf_counter()
        answer = await session.call_tool(tool, arguments)
        latencies.append((time.perf_counter() - begun) * 1000)
        body = answer.structuredContent or {}
        if answer.isError or not body.get("ok", False):
            failed.append(body.get("error", {}).get("code", "no body"))
    return latencies, failed


async def main() -> None:
    loop = asyncio.get_running_loop()
    sessions: dict[str, list[ClientSession]] = {}
    async with AsyncExitStack() as stack:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command = json.loads(line)
            if command["do"] == "connect":
                sessions[command["name"]] = [await connect(stack, command["url"], key) for key in command["keys"]]
                print(json.dumps({}), flush=True)
                continue
            chosen = sessions[command["name"]][: command["clients"]]
            begun = time.perf_counter()
            results = await asyncio.gather(*(drive(s, command, i + command["seed"]) for i, s in enumerate(chosen)))
            seconds = time.perf_counter() - begun
            latencies = [value for values, _ in results for value in values]
            failed = [code for _, codes in results for code in codes]
            print(json.dumps({"latencies": latencies, "failed": failed, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
