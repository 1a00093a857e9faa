"""Segment's tracking API: write keys as Basic user names, message ids, documented sizes."""

import json
from typing import Any

import pytest

from tests.telemetry.senders import UNKNOWN_KEY, events, new_token, newest, stranger

STAMP = "2026-09-01T10:00:00.123Z"


def message(**over: Any) -> dict[str, Any]:
    given = {"type": "track", "event": "Ordered", "userId": "u-1", "properties": {"n": 1}, "timestamp": STAMP}
    return given | over


async def send(http: Any, *messages: Any, key: str = "wk", **over: Any) -> Any:
    return await http.post("/v1/batch", json={"batch": list(messages), **over}, auth=(key, ""))


async def test_a_tracked_event_is_stored(http: Any) -> None:
    response = await send(http, message())
    event = await newest(http)
    assert (response.status_code, response.json()) == (200, {"success": True})
    assert (event["event_type"], event["timestamp"], event["version"]) == ("Ordered", STAMP, 1)
    assert (event["payload"], event["source"]) == ({"n": 1, "userId": "u-1"}, "segment")


@pytest.mark.parametrize("kind", ["identify", "page", "screen", "group", "alias"])
async def test_other_calls_are_events_of_their_type(http: Any, kind: str) -> None:
    await send(http, {"type": kind, "anonymousId": "a", "traits": {"plan": "pro"}})
    event = await newest(http)
    assert (event["event_type"], event["payload"]) == (kind, {"plan": "pro", "anonymousId": "a"})


async def test_one_track_call_needs_no_type(http: Any) -> None:
    response = await http.post("/v1/track", json={"event": "Ordered", "writeKey": "wk"})
    assert (response.json(), (await newest(http))["event_type"]) == ({"success": True}, "Ordered")


async def test_the_library_names_the_source_and_the_context_is_kept(http: Any) -> None:
    context = {"library": {"name": "analytics-python", "version": "2"}}
    await send(http, message(context=context))
    event = await newest(http)
    assert (event["source"], event["payload"]["context"]) == ("analytics-python", context)


async def test_a_message_id_makes_a_duplicate_whatever_else_changed(http: Any) -> None:
    await send(http, message(messageId="m-1"), message(messageId="m-1", timestamp=None))
    assert len(await events(http)) == 1


async def test_a_wrong_clock_is_corrected_by_sent_at(http: Any, frozen: Any) -> None:
    await send(http, message(timestamp="2026-09-01T09:59:00Z"), sentAt="2026-09-01T10:00:00Z")
    assert (await newest(http))["timestamp"] == "2026-09-01T11:59:00+00:00"


# keys


@pytest.mark.parametrize("place", ["basic", "body"])
async def test_a_token_is_the_write_key(http: Any, place: str) -> None:
    token = await new_token(source="shop")
    async with stranger() as client:
        body = {"batch": [message()]}
        if place == "basic":
            response = await client.post("/v1/batch", json=body, auth=(token, ""))
        else:
            response = await client.post("/v1/batch", json={**body, "writeKey": token})
    assert (response.status_code, (await newest(http))["source"]) == (200, "shop")


async def test_the_header_wins_over_the_body(http: Any) -> None:
    token = await new_token()
    async with stranger() as client:
        response = await send(client, message(), key=UNKNOWN_KEY, writeKey=token)
    assert (response.status_code, await events(http)) == (401, [])


@pytest.mark.parametrize(
    "authorization", ["Basic", "Basic ???", "Basic /w==", "Basic " + "OTk5Og==", "Digest x", "Negotiate"]
)
async def test_a_stranger_with_a_wrong_key_is_refused(http: Any, authorization: str) -> None:
    async with stranger() as client:
        response = await client.post("/v1/batch", json={"batch": [message()]}, headers={"authorization": authorization})
    assert (response.status_code, response.json()["success"]) == (401, False)
    assert response.headers["www-authenticate"] == 'Basic realm="pulse"'


async def test_a_token_is_limited_to_its_minute_all_or_nothing(http: Any) -> None:
    token = await new_token(events_per_minute=3)
    async with stranger() as client:
        found = [
            (await send(client, *[message(messageId=f"{call}-{n}", n=n) for n in range(size)], key=token)).status_code
            for call, size in enumerate((2, 2, 1))
        ]
    assert found == [200, 429, 200]


async def test_a_batch_above_the_minute_of_its_token_is_taken_once_it_is_rested(http: Any) -> None:
    token = await new_token(events_per_minute=3)
    async with stranger() as client:
        found = [(await send(client, *[message(messageId=str(n)) for n in range(5)], key=token)) for _ in range(2)]
    assert [response.status_code for response in found] == [200, 429]


# refusals


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"type": "trade"}, "type must be one of alias, group, identify, page, screen, track"),
        ({"type": []}, "type must be one of alias, group, identify, page, screen, track"),
        ({"event": ""}, "event must be a non-empty string"),
        ({"properties": 5}, "properties and traits must be objects"),
        ({"messageId": 5}, "messageId must be a string of 1 to 200 characters"),
        ({"properties": {"x": "y" * 32_768}}, "message is larger than 32768 bytes"),
    ],
)
async def test_a_message_against_the_rules_is_refused_with_a_sentence(http: Any, over: Any, sentence: str) -> None:
    response = await send(http, message(**over))
    assert (response.status_code, response.json()["error"]) == (400, sentence)


async def test_bad_messages_are_told_and_good_ones_are_stored(http: Any) -> None:
    response = await send(http, message(), None)
    assert response.json() == {
        "success": True,
        "rejected": 1,
        "errors": [{"index": 2, "error": "message must be a JSON object"}],
    }
    assert len(await events(http)) == 1


async def test_a_request_above_its_documented_size_is_too_large(http: Any) -> None:
    response = await send(http, *[message(properties={"x": "y" * 20_000}) for _ in range(26)])
    assert (response.status_code, await events(http)) == (413, [])


async def test_a_single_message_above_its_documented_size_is_too_large(http: Any) -> None:
    response = await http.post("/v1/track", json={"event": "x", "properties": {"x": "y" * 40_000}}, auth=("wk", ""))
    assert response.status_code == 413


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"{}", b'{"batch": {}}'])
async def test_a_body_that_is_no_batch_is_final(http: Any, body: bytes) -> None:
    assert (await http.post("/v1/batch", content=body, auth=("wk", ""))).status_code == 400


async def test_a_surrogate_anywhere_is_no_event(http: Any) -> None:
    body = json.dumps({"batch": [message(event="\ud800")]})
    assert (await http.post("/v1/batch", content=body, auth=("wk", ""))).status_code == 400
