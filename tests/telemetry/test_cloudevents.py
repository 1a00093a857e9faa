"""CloudEvents on the addresses of native events: where each part of them goes."""

import json
from typing import Any

import pytest

from tests.telemetry.cloud import BATCH, STRUCTURED, TIME, cloud, headers, send
from tests.telemetry.senders import events, new_token, newest

# mapping


async def test_a_structured_event_becomes_the_event_of_its_type_time_and_source(http: Any) -> None:
    assert (await send(http, data={"target": "api"})).status_code == 202
    event = await newest(http)
    assert (event["event_type"], event["timestamp"], event["source"]) == ("build.done", TIME, "/builds")
    assert (event["version"], event["payload"], event["timestamp_source"]) == (1, {"target": "api"}, "producer")


async def test_the_answer_is_that_of_a_native_event(http: Any) -> None:
    body = (await send(http)).json()
    assert body == {"stored": True, "event_id": (await newest(http))["event_id"], "deduplicated": False}


async def test_a_verification_in_a_cloud_event_counts_in_the_metrics(http: Any) -> None:
    await send(http, type="verification.completed", data={"target": "api", "passed": True})
    assert (await http.get("/v1/metrics/verification")).json()["passed"] == 1


@pytest.mark.parametrize(
    ("data", "payload"),
    [([1, 2], {"data": [1, 2]}), ("text", {"data": "text"}), (0, {"data": 0}), (False, {"data": False}), (None, {})],
)
async def test_data_that_is_no_object_lies_under_data(http: Any, data: Any, payload: Any) -> None:
    await send(http, data=data)
    assert (await newest(http))["payload"] == payload


async def test_binary_data_stays_base64(http: Any) -> None:
    await send(http, data_base64="AAECAw==", datacontenttype="image/png")
    assert (await newest(http))["payload"] == {"data_base64": "AAECAw==", "datacontenttype": "image/png"}


async def test_subject_and_extensions_are_added_to_the_payload(http: Any) -> None:
    await send(http, data={"n": 1}, subject="main", sequence=7, sampled=True)
    assert (await newest(http))["payload"] == {"n": 1, "subject": "main", "sequence": 7, "sampled": True}


async def test_what_the_data_says_is_never_overwritten(http: Any) -> None:
    await send(http, data={"subject": "mine"}, subject="main")
    assert (await newest(http))["payload"] == {"subject": "mine"}


@pytest.mark.parametrize(
    ("attributes", "version"),
    [
        ({"version": 3}, 3),
        ({"version": "4"}, 4),
        ({"dataschema": "https://schemas.example/build/v5"}, 5),
        ({"dataschema": "https://schemas.example/build/6"}, 6),
        ({"dataschema": "https://schemas.example/build"}, 1),
        ({"version": 2, "dataschema": "https://schemas.example/build/v5"}, 2),
        ({"version": "beta"}, 1),
    ],
)
async def test_the_version_comes_from_the_extension_or_the_schema(http: Any, attributes: Any, version: int) -> None:
    assert (await send(http, **attributes)).status_code == 202
    assert (await newest(http))["version"] == version


async def test_a_tokens_own_source_wins_over_the_events(http: Any) -> None:
    token = await new_token(source="ci")
    await http.post(
        "/v1/events", content=json.dumps(cloud()), headers={**STRUCTURED, "authorization": f"Bearer {token}"}
    )
    assert (await newest(http))["source"] == "ci"


# identity


async def test_source_and_id_make_a_duplicate_whatever_else_changed(http: Any) -> None:
    first = (await send(http, time="2026-09-01T10:00:00Z")).json()
    second = (await send(http, time="2026-09-01T10:00:05Z")).json()
    assert (second["deduplicated"], second["event_id"]) == (True, first["event_id"])


async def test_the_same_id_of_another_source_is_another_event(http: Any) -> None:
    await send(http, data={"n": 1})
    assert (await send(http, source="/other", data={"n": 2})).json()["deduplicated"] is False


# binary mode


async def test_a_binary_event_has_its_attributes_in_headers(http: Any) -> None:
    response = await http.post("/v1/events", json={"target": "api"}, headers=headers(subject="main"))
    event = await newest(http)
    assert (response.status_code, event["event_type"], event["source"]) == (202, "build.done", "/builds")
    assert event["payload"] == {"target": "api", "subject": "main"}


async def test_header_values_are_percent_decoded_once(http: Any) -> None:
    await http.post("/v1/events", content=b"{}", headers=headers(subject="s%C3%BCbj%2525", source='"a%20\\"b"'))
    event = await newest(http)
    assert (event["payload"], event["source"]) == ({"subject": "sübj%25"}, 'a "b')


async def test_data_without_content_type_is_json(http: Any) -> None:
    await http.post("/v1/events", content=b'{"n": 1}', headers=headers())
    assert (await newest(http))["payload"] == {"n": 1}


@pytest.mark.parametrize(
    ("kind", "body", "payload"),
    [
        ("text/plain", "größe".encode(), {"data": "größe", "datacontenttype": "text/plain"}),
        ("image/png", b"\xff\x00", {"data_base64": "/wA=", "datacontenttype": "image/png"}),
        ("application/vnd.x+json; charset=utf-8", b"[1]", {"data": [1]}),
        ("text/plain", b"", {"datacontenttype": "text/plain"}),
    ],
)
async def test_data_of_another_type_is_text_or_base64(http: Any, kind: str, body: bytes, payload: Any) -> None:
    await http.post("/v1/events", content=body, headers={**headers(), "content-type": kind})
    assert (await newest(http))["payload"] == payload


async def test_without_ce_headers_the_content_type_of_an_event_is_not_looked_at(http: Any) -> None:
    native = json.dumps({"event_type": "note", "version": 1})
    assert (await http.post("/v1/events", content=native, headers={"content-type": "image/png"})).status_code == 202


# batches


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events:batch"])
async def test_a_batch_is_taken_on_both_addresses(http: Any, path: str) -> None:
    batch = json.dumps([cloud(id="1", data={"n": 1}), cloud(id="2", data={"n": 2}), cloud(id="2", data={"n": 2})])
    response = await http.post(path, content=batch, headers=BATCH)
    assert (response.status_code, response.json()) == (200, {"accepted": 3, "skipped": 0, "errors": []})
    assert len(await events(http)) == 2


async def test_an_empty_batch_is_fine(http: Any) -> None:
    response = await http.post("/v1/events", content=b"[]", headers=BATCH)
    assert (response.status_code, response.json()["accepted"]) == (200, 0)


async def test_a_bad_event_does_not_keep_the_others_of_its_batch_out(http: Any) -> None:
    batch = json.dumps([cloud(), cloud(id=...)])
    response = await http.post("/v1/events?results=1", content=batch, headers=BATCH)
    assert response.json()["errors"] == [{"index": 2, "error": "id must be a non-empty string"}]
    assert [len(entry) for entry in response.json()["results"]] == [3, 2]


@pytest.mark.parametrize("body", [b"{}", b"[1", json.dumps([cloud(type="")]).encode()])
async def test_a_batch_without_any_event_is_refused(http: Any, body: bytes) -> None:
    response = await http.post("/v1/events", content=body, headers=BATCH)
    assert (response.status_code, await events(http)) == (400, [])
