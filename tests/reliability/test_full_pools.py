"""Sixty-four heavy calls at once: the process says that it lives, and small calls pass them by."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pulse_project.core import db, executor, health, readiness
from pulse_project.core.operations import REGISTRY

pytestmark = pytest.mark.django_db(transaction=True)
HEAVY, SMALL = 64, 40


@pytest.fixture
async def heavy() -> AsyncIterator[None]:
    """Heavy calls that fill their pool and its queue until the test ends."""
    gate = threading.Event()
    calls = [asyncio.ensure_future(db.in_slow(gate.wait, 20)) for _ in range(HEAVY)]
    while db.pools().slow.busy < db.pools().slow.size:
        await asyncio.sleep(0.005)
    yield
    gate.set()
    await asyncio.gather(*calls)


async def alive_in() -> float:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    began = time.monotonic()
    await health.application({"method": "GET", "path": "/livez"}, _never, send)
    assert sent[0]["status"] == 200
    return time.monotonic() - began


async def _never() -> dict[str, Any]:
    raise AssertionError("nothing is read")


async def count_in(caller: Any) -> float:
    began = time.monotonic()
    outcome = await executor.call(REGISTRY["inbox_count"], {"agent_id": caller.name}, caller)
    assert outcome.failure is None
    return time.monotonic() - began


async def test_small_calls_pass_heavy_ones(make_agent: Any, heavy: None) -> None:
    caller = await asyncio.to_thread(make_agent, "alice")
    await count_in(caller)
    seconds = sorted([await count_in(caller) for _ in range(SMALL)])
    assert seconds[int(SMALL * 0.95)] < 0.1
    assert await alive_in() < 0.1


async def test_a_process_with_heavy_calls_is_ready(heavy: None) -> None:
    assert (await readiness.report())["status"] == "ready"
