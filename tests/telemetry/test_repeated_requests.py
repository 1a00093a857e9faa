"""`Idempotency-Key`: a request that comes again is the same request, of the same caller only."""

from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events, new_token

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = "/v1/events:batch"
REUSED = "Idempotency-Key was used before for another event"


def keyed(key: str, token: str = "") -> dict[str, str]:
    return {"Idempotency-Key": key} | ({"Authorization": f"Bearer {token}"} if token else {})


async def test_a_batch_that_comes_again_is_known_record_by_record(http: Any) -> None:
    body = [event(timestamp=None, n=1), {}, event(timestamp=None, n=3)]
    first, again = [(await http.post(f"{BATCH}?results=1", json=body, headers=keyed("k"))).json() for _ in range(2)]
    told = [[(result["index"], result.get("deduplicated")) for result in one["results"]] for one in (first, again)]
    assert told == [[(1, False), (2, None), (3, False)], [(1, True), (2, None), (3, True)]]
    assert len(await events(http)) == 2


async def test_the_part_of_a_batch_that_is_missing_is_added_when_it_comes_again(http: Any) -> None:
    await http.post(BATCH, json=[event(timestamp=None, n=1)], headers=keyed("k"))
    await http.post(BATCH, json=[event(timestamp=None, n=1), event(timestamp=None, n=2)], headers=keyed("k"))
    assert [found["payload"]["n"] for found in await events(http)] == [2, 1]


@pytest.mark.parametrize(
    "over",
    [
        {"payload": {"n": 2}},
        {"event_type": "other"},
        {"version": 2},
        {"timestamp": "2026-09-01T10:00:01Z"},
    ],
)
async def test_a_key_belongs_to_all_of_its_event(http: Any, over: dict[str, Any]) -> None:
    await http.post("/v1/events", json=event(n=1), headers=keyed("k"))
    answer = await http.post("/v1/events", json=event(n=1) | over, headers=keyed("k"))
    assert (answer.status_code, answer.json()) == (422, {"stored": False, "error": REUSED})
    assert len(await events(http)) == 1


async def test_the_same_key_of_another_caller_is_another_key(http: Any) -> None:
    tokens = ["", await new_token(), await new_token()]
    answers = [
        (await http.post("/v1/events", json=event(timestamp=None, n=1), headers=keyed("k", token))).json()
        for token in tokens
    ]
    assert [answer["deduplicated"] for answer in answers] == [False] * 3
    assert len(await events(http)) == 3


async def test_a_request_that_was_refused_leaves_its_key_free(http: Any) -> None:
    await http.post("/v1/events", json={}, headers=keyed("k"))
    assert (await http.post("/v1/events", json=event(), headers=keyed("k"))).status_code == 202


@pytest.mark.parametrize("key", [b"k\xc3\xa9y", b"a\tb", b"k" * 201])
@pytest.mark.parametrize("path", ["/v1/events", BATCH])
async def test_a_key_that_is_none_is_refused(http: Any, path: str, key: bytes) -> None:
    answer = await http.post(path, json=event(), headers={"Idempotency-Key": key})
    assert (answer.status_code, "Idempotency-Key takes up to 200 printable ASCII characters" in answer.text) == (
        400,
        True,
    )
    assert await events(http) == []


async def test_a_key_of_two_hundred_characters_is_one(http: Any) -> None:
    assert (await http.post("/v1/events", json=event(), headers=keyed("k" * 200))).status_code == 202


async def test_an_empty_key_is_none(http: Any) -> None:
    answers = [(await http.post("/v1/events", json=event(timestamp=None), headers=keyed(""))).json() for _ in range(2)]
    assert [answer["deduplicated"] for answer in answers] == [False, False]
