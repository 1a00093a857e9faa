"""An id that a producer gives its event is part of what the event is; a repeat of the id is a repeat of the event."""

from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)
STRUCTURED = {"Content-Type": "application/cloudevents+json"}


def cloud(identifier: str, **data: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": identifier, "source": "/ci", "type": "build", "time": "2026-09-01T10:00:00Z",
            "data": data}  # fmt: skip


async def test_equal_events_with_ids_of_their_own_are_two(http: Any) -> None:
    first, second = [
        (await http.post("/v1/events", json=cloud(name, n=1), headers=STRUCTURED)).json() for name in ("a", "b")
    ]
    assert not second["deduplicated"]
    assert first["event_id"] != second["event_id"]


async def test_an_id_that_comes_again_is_the_event_that_has_it(http: Any) -> None:
    first = (await http.post("/v1/events", json=cloud("a", n=1), headers=STRUCTURED)).json()
    again = (await http.post("/v1/events", json=cloud("a", n=2), headers=STRUCTURED)).json()
    assert again == {"stored": True, "event_id": first["event_id"], "deduplicated": True}


async def test_a_repeated_key_answers_the_first_event(http: Any) -> None:
    answers = [
        (await http.post("/v1/events", json=event(timestamp=None, n=1), headers={"Idempotency-Key": "k"})).json()
        for _ in range(2)
    ]
    assert [answer["deduplicated"] for answer in answers] == [False, True]
    assert answers[0]["event_id"] == answers[1]["event_id"]


async def test_a_key_with_another_event_is_refused(http: Any) -> None:
    await http.post("/v1/events", json=event(n=1), headers={"Idempotency-Key": "k"})
    answer = await http.post("/v1/events", json=event(n=2), headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["stored"]) == (422, False)


async def test_a_batch_with_a_used_key_says_which_records_differ(http: Any) -> None:
    headers = {"Idempotency-Key": "k"}
    await http.post("/v1/events:batch", json=[event(n=1), event(n=2)], headers=headers)
    answer = await http.post("/v1/events:batch", json=[event(n=1), event(n=3)], headers=headers)
    assert answer.status_code == 422
    assert [error["index"] for error in answer.json()["errors"]] == [2]


async def test_equal_events_without_stamp_in_one_batch_stay_two(http: Any) -> None:
    await http.post("/v1/events:batch", json=[event(timestamp=None, n=1)] * 2)
    assert len(await events(http)) == 2
