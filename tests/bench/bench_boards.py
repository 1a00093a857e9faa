"""Reading and moving on a board of 300 cards and 50 specs of 40 requirements, among 100 and among 1,000 boards.

`python -m tests.bench.bench_boards [boards]`. The aim: p95 of a read within 30 ms, no more than 1.5 times + 2 ms among
ten times as many boards; the whole catalogue of tools within 10 ms.
"""

import asyncio
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx

from tests.bench.bench_waits import percentile
from tests.bench.servers import ROOT, Pulse, engine

SMALL = 100
ROUNDS = 60
AIM_MS = 30.0
CATALOGUE = "tools/list"
CATALOGUE_AIM_MS = 10.0


def calls(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The measured operations with their arguments."""
    board = {"board_id": "measured"}
    card, spec = facts["card_id"], facts["spec_id"]
    return {
        "get_board": board,
        "list_cards_by_status": board,
        "list_specs": board,
        "get_spec_context": {**board, "spec_id": spec},
        "get_task_context": {**board, "card_id": card},
        "list_test_scenarios": {**board, "spec_id": spec},
        "list_ready_cards": board,
        "get_allowed_transitions": {**board, "entity_type": "card", "entity_id": card},
        "get_activity_log": board,
        "search": {**board, "query": "payments"},
        "update_card": {**board, "card_id": card, "description": "Changed."},
    }


async def timed(client: httpx.AsyncClient, name: str, arguments: dict[str, Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    if name == CATALOGUE:
        body = {"jsonrpc": "2.0", "id": 1, "method": name}
        answer = await client.post("/mcp", json=body, headers={"accept": "application/json"})
    else:
        answer = await client.post(f"/api/v1/ops/okto_pulse_{name}", json=arguments)
    milliseconds = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{name}: {answer.text[:500]}")
    return milliseconds, answer.json()


async def measured(boards: int) -> dict[str, list[float]]:
    async with AsyncExitStack() as stack:
        pulse = Pulse()
        command = [sys.executable, "-m", "tests.bench.plans", str(boards)]
        await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=pulse.env, check=True)
        stack.enter_context(pulse)
        key = pulse.op("admin_key_rotate", agent_id="planner")["api_key"]
        headers = {"Authorization": f"Bearer {key}"}
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=pulse.url, timeout=60, headers=headers))
        _, board = await timed(client, "get_board", {"board_id": "measured"})
        facts = {"card_id": board["cards"][0]["id"], "spec_id": board["specs"][0]["id"]}
        seen: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, arguments in {**calls(facts), CATALOGUE: {}}.items():
                seen.setdefault(name, []).append((await timed(client, name, arguments))[0])
        return seen


async def main(large: int) -> None:
    few, many = await measured(SMALL), await measured(large)
    print(f"-- a board of 300 cards among {SMALL} and {large} boards, {engine()}, p95 of {ROUNDS}")
    for name in few:
        low, high = percentile(few[name], 0.95), percentile(many[name], 0.95)
        aim = CATALOGUE_AIM_MS if name == CATALOGUE else AIM_MS
        verdict = "ok" if high <= aim and high <= 1.5 * low + 2 else "TOO SLOW"
        print(f"{name:26} {low:6.1f} ms   {high:6.1f} ms   {high / low:5.2f}x   aim {aim:.0f} ms   {verdict}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else SMALL * 10))
