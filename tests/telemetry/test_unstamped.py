"""Events that come without a stamp: each is one of its own, however many equal ones come at the same time."""

import asyncio
import json
from typing import Any

import pytest

pytestmark = pytest.mark.django_db(transaction=True)
BEAT = {"event_type": "beat", "version": 1}
PATH = "/v1/events:batch"


async def count(http: Any) -> int:
    found: int = (await http.get("/v1/metrics/counts")).json()["total"]
    return found


async def test_equal_events_of_batches_that_come_together_are_all_stored(http: Any) -> None:
    body = json.dumps([BEAT] * 10_000)
    await asyncio.gather(*[http.post(PATH, content=body) for _ in range(4)])
    assert await count(http) == 40_000


async def test_equal_events_that_come_together_with_a_batch_are_all_stored(http: Any) -> None:
    batch = asyncio.create_task(http.post(PATH, json=[BEAT] * 1000))
    await asyncio.gather(batch, *[http.post("/v1/events", json=BEAT) for _ in range(50)])
    assert await count(http) == 1050


async def test_equal_events_of_one_moment_are_all_stored(http: Any, frozen: Any) -> None:
    await asyncio.gather(*[http.post("/v1/events", json=BEAT) for _ in range(50)])
    assert await count(http) == 50
