"""PostHog's capture API: keys in bodies, uuids, answers that its clients understand."""

import gzip
import json
from typing import Any

import pytest

from tests.telemetry.senders import UNKNOWN_KEY, events, new_key, new_token, newest, stranger

STAMP = "2026-09-01T10:00:00.123000+00:00"
SINGLE = ["/capture", "/capture/", "/i/v0/e", "/i/v0/e/"]


def captured(**over: Any) -> dict[str, Any]:
    given = {"event": "signed_up", "distinct_id": "u-1", "properties": {"plan": "pro"}, "timestamp": STAMP}
    return given | over


async def send(http: Any, *items: Any, key: Any = "phc_any", **over: Any) -> Any:
    return await http.post("/batch/", json={"api_key": key, "batch": list(items), **over})


# mapping


@pytest.mark.parametrize("path", ["/batch", "/batch/"])
async def test_an_event_of_a_batch_is_stored(http: Any, path: str) -> None:
    response = await http.post(path, json={"api_key": "phc_any", "batch": [captured()]})
    event = await newest(http)
    assert (response.status_code, response.json()) == (200, {"status": "Ok"})
    assert (event["event_type"], event["timestamp"], event["version"]) == ("signed_up", STAMP, 1)
    assert (event["payload"], event["source"]) == ({"plan": "pro", "distinct_id": "u-1"}, "posthog")


@pytest.mark.parametrize("path", SINGLE)
async def test_a_single_event_is_stored(http: Any, path: str) -> None:
    response = await http.post(path, json={"api_key": "phc_any", **captured()})
    assert response.json() == ({"status": 1} if path.startswith("/capture") else {"status": "Ok"})
    assert (await newest(http))["payload"] == {"plan": "pro", "distinct_id": "u-1"}


async def test_the_library_names_the_source(http: Any) -> None:
    await send(http, captured(properties={"$lib": "posthog-python"}))
    assert (await newest(http))["source"] == "posthog-python"


async def test_person_properties_are_kept_and_overwrite_nothing(http: Any) -> None:
    await send(http, captured(**{"properties": {"distinct_id": "mine"}, "$set": {"a": 1}, "$set_once": {"b": 2}}))
    assert (await newest(http))["payload"] == {"distinct_id": "mine", "$set": {"a": 1}, "$set_once": {"b": 2}}


async def test_the_key_of_the_request_is_not_stored(http: Any) -> None:
    await send(http, captured(properties={"token": "phc_any", "api_key": "other", "copy": "phc_any"}))
    assert (await newest(http))["payload"] == {"api_key": "other", "copy": "phc_any", "distinct_id": "u-1"}


async def test_a_wrong_clock_is_corrected_by_sent_at(http: Any, frozen: Any) -> None:
    await send(http, captured(timestamp="2026-09-01T09:59:00Z"), sent_at="2026-09-01T10:00:00Z")
    assert (await newest(http))["timestamp"] == "2026-09-01T11:59:00+00:00"


async def test_an_event_without_timestamp_is_stamped_at_its_receipt(http: Any) -> None:
    await send(http, captured(timestamp=None))
    assert (await newest(http))["timestamp_source"] == "receiver"


async def test_a_uuid_makes_a_duplicate_whatever_else_changed(http: Any) -> None:
    await send(http, captured(uuid="c0ffee"), captured(uuid="c0ffee", timestamp=None))
    assert len(await events(http)) == 1


async def test_a_gzip_batch_is_inflated(http: Any) -> None:
    body = gzip.compress(json.dumps({"api_key": "phc_any", "batch": [captured()]}).encode())
    response = await http.post("/batch/", content=body, headers={"content-encoding": "gzip"})
    assert (response.status_code, len(await events(http))) == (200, 1)


async def test_a_large_batch_is_stored_whole(http: Any) -> None:
    response = await send(http, *[captured(properties={"n": number}) for number in range(1500)])
    assert (response.status_code, (await http.get("/v1/metrics/counts")).json()["total"]) == (200, 1500)


# keys


async def test_a_token_in_the_body_opens_the_route_and_gives_the_source(http: Any) -> None:
    token = await new_token(source="web")
    async with stranger() as client:
        response = await send(client, captured(), key=token)
    assert (response.status_code, (await newest(http))["source"]) == (200, "web")


async def test_the_shared_token_in_the_body_opens_the_route(http: Any) -> None:
    from pulse_project.core import conf

    conf.apply_stored({"ingest_token": "sesame"})
    async with stranger() as client:
        found = [(await send(client, captured(), key=key)).status_code for key in ("sesame", "sesam")]
    assert found == [200, 401]


async def test_once_a_shared_token_is_set_a_local_program_needs_it_too(http: Any) -> None:
    from pulse_project.core import conf

    conf.apply_stored({"ingest_token": "sesame"})
    found = [(await send(http, captured(), key=key)).status_code for key in ("sesame", "phc_any")]
    assert found == [200, 401]


async def test_an_agents_key_in_the_body_opens_the_route(http: Any) -> None:
    key = await new_key("builder")
    async with stranger() as client:
        assert (await send(client, captured(), key=key)).status_code == 200


async def test_a_monitor_key_sends_nothing(http: Any) -> None:
    key = await new_key(scope="monitor")
    response = await send(http, captured(), key=key)
    assert (response.status_code, await events(http)) == (403, [])


@pytest.mark.parametrize("key", [UNKNOWN_KEY, "phc_any", "", None, 5, "\ud800"])
async def test_a_stranger_with_a_wrong_key_is_refused(http: Any, key: Any) -> None:
    async with stranger() as client:
        response = await client.post("/batch/", content=json.dumps({"api_key": key, "batch": [captured()]}))
    assert (response.status_code, response.json()["code"]) == (401, "invalid_api_key")
    assert await events(http) == []


async def test_a_dead_key_is_refused_on_this_machine_too(http: Any) -> None:
    assert (await send(http, captured(), key=UNKNOWN_KEY)).status_code == 401


async def test_trust_that_only_reads_does_not_send(http: Any) -> None:
    from pulse_project.core import conf

    conf.apply_stored({"loopback_trust": "read"})
    assert (await send(http, captured())).status_code == 401


async def test_wrong_keys_are_counted_against_their_peer(http: Any) -> None:
    async with stranger() as client:
        found = [(await send(client, captured(), key=UNKNOWN_KEY)).status_code for _ in range(61)]
    assert (found[0], found[-1]) == (401, 429)


async def test_a_stranger_without_key_leaves_no_trace_in_the_figures(http: Any) -> None:
    from telemetry import journal

    async with stranger() as client:
        response = await client.post("/batch/", content=b"nonsense")
    assert (response.status_code, journal.seconds_to_wait()) == (401, None)


# refusals


async def test_bad_events_are_told_and_good_ones_are_stored(http: Any) -> None:
    response = await send(http, captured(), captured(event=" "), 5)
    assert response.json() == {
        "status": "Ok",
        "rejected": 2,
        "errors": [
            {"index": 2, "error": "event must be a non-empty string"},
            {"index": 3, "error": "event must be a JSON object"},
        ],
    }
    assert len(await events(http)) == 1


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"event": None}, "event must be a non-empty string"),
        ({"properties": []}, "properties must be an object"),
        ({"timestamp": 5}, "timestamp must be a string"),
        ({"uuid": ""}, "uuid must be a string of 1 to 200 characters"),
        ({"properties": {"$lib": "x" * 257}}, "source is longer than 256 bytes"),
        ({"properties": {"n": float("inf")}}, "payload holds a number that JSON cannot represent"),
    ],
)
@pytest.mark.parametrize("path", ["/batch/", "/i/v0/e/"])
async def test_a_request_without_any_event_is_final(http: Any, path: str, over: Any, sentence: str) -> None:
    event = captured(**over)
    body = {"api_key": "phc_any", "batch": [event]} if path == "/batch/" else {"api_key": "phc_any", **event}
    response = await http.post(path, content=json.dumps(body))
    assert (response.status_code, response.json()["detail"]) == (400, sentence)


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"batch": 5}', b"{}", b"[" * 5000])
async def test_a_body_that_is_no_batch_is_final(http: Any, body: bytes) -> None:
    response = await http.post("/batch/", content=body)
    assert (response.status_code, response.json()["type"]) == (400, "validation_error")


async def test_an_event_above_a_mebibyte_is_too_large(http: Any) -> None:
    response = await http.post("/capture/", json={"api_key": "phc_any", **captured(properties={"x": "y" * 1_100_000})})
    assert response.status_code == 413


async def test_other_methods_are_told_to_post(http: Any) -> None:
    response = await http.get("/batch/")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
