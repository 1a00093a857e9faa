"""Events that come without a stamp: each is one of its own, however many equal ones come at the same time."""

import asyncio
from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = "/v1/events:batch"
BEAT = event("beat", timestamp=None)


async def total(http: Any) -> int:
    """What the figures say is stored."""
    found: int = (await http.get("/v1/metrics/counts")).json()["total"]
    return found


async def test_equal_events_of_one_microsecond_are_events_of_their_own(http: Any, frozen: Any) -> None:
    answers = await asyncio.gather(*[http.post("/v1/events", json=BEAT) for _ in range(50)])
    assert len({answer.json()["event_id"] for answer in answers}) == 50
    assert not any(answer.json()["deduplicated"] for answer in answers)
    assert await total(http) == 50


async def test_equal_batches_of_one_microsecond_are_events_of_their_own(http: Any, frozen: Any) -> None:
    answers = [await http.post(f"{BATCH}?results=1", json=[BEAT] * 300) for _ in range(4)]
    told = [result for answer in answers for result in answer.json()["results"]]
    assert len({result["event_id"] for result in told if not result["deduplicated"]}) == 1200
    assert await total(http) == 1200


async def test_an_event_that_is_stamped_anew_is_found_by_the_id_that_was_told(http: Any, frozen: Any) -> None:
    told = [(await http.post("/v1/events", json=BEAT)).json()["event_id"] for _ in range(2)]
    found = [(await http.get(f"/v1/events/{event_id}")).json() for event_id in told]
    assert found == list(reversed(await events(http)))
    assert [one["timestamp"] for one in found] == [one["received_at"] for one in found]
    assert found[0]["timestamp"] < found[1]["timestamp"]


async def test_a_key_of_the_request_still_makes_a_repeat_of_it(http: Any, frozen: Any) -> None:
    answers = [
        (await http.post("/v1/events", json=BEAT, headers={"Idempotency-Key": key})).json() for key in ("a", "b", "b")
    ]
    assert [answer["deduplicated"] for answer in answers] == [False, False, True]
    assert answers[1]["event_id"] == answers[2]["event_id"]


async def test_a_batch_of_stamped_and_unstamped_events_counts_the_duplicates_only(http: Any, frozen: Any) -> None:
    batch = [BEAT, event(n=1), BEAT, event(n=1), event(n=2)]
    answers = [(await http.post(f"{BATCH}?results=1", json=batch)).json()["results"] for _ in range(2)]
    told = [[result["deduplicated"] for result in results] for results in answers]
    assert told == [[False, False, False, True, False], [False, True, False, True, True]]
