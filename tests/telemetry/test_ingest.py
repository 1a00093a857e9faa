"""`POST /v1/events`: the published checks in their order, the answers word for word, labels, stamps and encodings."""

import json
from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)
NOT_AN_OBJECT = "event must be a JSON object"
BAD_TYPE = "event_type must be a non-empty string"
BAD_VERSION = "version must be an integer"
BAD_PAYLOAD = "payload must be an object"
BAD_STAMP = "timestamp must be a string"
NOT_JSON = "request body is not valid JSON"
VALUES: list[Any] = [None, True, 1, 1.5, "text", [], {}]

WRONG = [
    *[(value, NOT_AN_OBJECT) for value in (None, True, 1, 1.5, "text", [], [{"event_type": "a", "version": 1}])],
    ({}, BAD_TYPE),
    *[(event() | {"event_type": value}, BAD_TYPE) for value in (None, True, 1, [], {}, "", "  ", "\t\n")],
    *[(event() | {"version": value}, BAD_VERSION) for value in (None, True, False, 1.0, 1.5, "1", [], {})],
    *[(event() | {"payload": value}, BAD_PAYLOAD) for value in (True, False, 0, 1, 1.5, "", "text", [], [{}])],
    *[(event() | {"timestamp": value}, BAD_STAMP) for value in (True, False, 0, 1.5, [], {})],
]
SEVERAL_FAULTS = [
    ({"event_type": 1, "version": "1", "payload": [], "timestamp": 1}, BAD_TYPE),
    ({"event_type": "a", "version": "1", "payload": [], "timestamp": 1}, BAD_VERSION),
    ({"event_type": "a", "version": 1, "payload": [], "timestamp": 1}, BAD_PAYLOAD),
    ({"event_type": "a", "version": 1, "payload": {}, "timestamp": 1}, BAD_STAMP),
]


@pytest.mark.parametrize(("value", "sentence"), [*WRONG, *SEVERAL_FAULTS])
async def test_the_first_fault_is_told_in_the_published_words(http: Any, value: Any, sentence: str) -> None:
    answer = await http.post("/v1/events", content=json.dumps(value))
    assert (answer.status_code, answer.json()) == (400, {"stored": False, "error": sentence})
    assert await events(http) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"event_type":"a","version":1}x',
        b'{"event_type":"a","version":1}{"event_type":"a","version":1}',
        b'{"event_type":"a","version":01}',
        b"{'event_type':'a','version':1}",
        b'{"event_type":"a","version":1,}',
        b'{"event_type":"\xff","version":1}',
        b"event_type=a&version=1",
        b"\x1f\x8b\x08\x00",
        b"\x00\x00\x00\x00",
    ],
)
async def test_what_is_no_json_is_refused_in_the_published_words(http: Any, body: bytes) -> None:
    answer = await http.post("/v1/events", content=body)
    assert (answer.status_code, answer.json()) == (400, {"stored": False, "error": NOT_JSON})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
async def test_every_encoding_of_json_is_recognised(http: Any, encoding: str) -> None:
    body = json.dumps(event(text="žluťoučký 日本"), ensure_ascii=False).encode(encoding)
    assert (await http.post("/v1/events", content=body)).status_code == 202
    assert (await events(http))[0]["payload"] == {"text": "žluťoučký 日本"}


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense", ""]
)
async def test_the_content_type_does_not_matter(http: Any, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = await http.post("/v1/events", content=json.dumps(event()), headers=headers)
    assert answer.status_code == 202


async def test_a_body_in_chunks_is_put_together(http: Any) -> None:
    async def chunks() -> Any:
        for byte in json.dumps(event(text="in pieces")).encode():
            yield bytes([byte])

    assert (await http.post("/v1/events", content=chunks())).status_code == 202
    assert (await events(http))[0]["payload"] == {"text": "in pieces"}


@pytest.mark.parametrize("over", [{}, {"payload": None}, {"timestamp": None}, {"timestamp": " "}, {"unknown": [1]}])
async def test_what_may_be_absent_may_be_null_or_more(http: Any, over: Any) -> None:
    assert (await http.post("/v1/events", json={"event_type": "a", "version": 1} | over)).status_code == 202
    assert (await events(http))[0]["payload"] == {}


@pytest.mark.parametrize("stamp", ["2026-09-01T10:00:00Z", "yesterday", "2026", "01/09/2026 10:00", "9999-12-31", "☃"])
async def test_a_stamp_is_kept_as_it_was_sent(http: Any, stamp: str) -> None:
    await http.post("/v1/events", json=event(timestamp=f" {stamp}\n"))
    (found,) = await events(http)
    assert (found["timestamp"], found["timestamp_source"]) == (stamp, "producer")


@pytest.mark.parametrize(
    ("event_type", "source"),
    [
        ("phase.close", "grain"),
        ("task.close", "grain"),
        ("suggest.accept", "grain"),
        ("workflow.next.stop_reason", "grain"),
        ("verification.completed", "assay"),
        ("check.completed", "assay"),
        ("phase.close ", "unknown"),
        ("Phase.Close", "unknown"),
        ("anything", "unknown"),
    ],
)
async def test_the_type_names_a_source_that_nobody_else_names(http: Any, event_type: str, source: str) -> None:
    await http.post("/v1/events", json=event(event_type))
    assert (await events(http))[0]["source"] == source


@pytest.mark.parametrize(
    ("query", "header", "source"),
    [
        ("?source=query", "header", "query"),
        ("?source=%20query%20", "", "query"),
        ("?source=%20", " header ", "header"),
        ("?source=", "header", "header"),
        ("", "header", "header"),
        ("?source=", "  ", "grain"),
        ("?source=caf%C3%A9+%2B1", "", "café +1"),
        ("?other=1&source=last", "", "last"),
    ],
)
async def test_the_address_names_the_source_before_the_header(http: Any, query: str, header: str, source: str) -> None:
    await http.post(f"/v1/events{query}", json=event("phase.close"), headers={"X-Pulse-Source": header})
    assert (await events(http))[0]["source"] == source


@pytest.mark.parametrize("query", ["?source=" + "x" * 257, "?source=a%00b", "?source=%C3%A9" + "%C3%A9" * 128])
async def test_a_source_that_is_no_label_is_refused(http: Any, query: str) -> None:
    answer = await http.post(f"/v1/events{query}", json=event())
    assert (answer.status_code, answer.json()["stored"]) == (400, False)
    assert await events(http) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_not_allowed(http: Any, method: str) -> None:
    answer = await http.request(method, "/v1/events", json=event())
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/events:batch", "/v1/events%3Abatch"])
async def test_a_batch_is_posted_or_not_allowed(http: Any, method: str, path: str) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_slash_at_the_end_leads_to_the_address_without(http: Any) -> None:
    answer = await http.post("/v1/events/?source=ci", json=event())
    assert (answer.status_code, answer.headers["location"]) == (307, "/v1/events?source=ci")


async def test_an_answer_says_that_it_is_json(http: Any) -> None:
    answers = [await http.post("/v1/events", content=content) for content in (json.dumps(event()), "{")]
    assert [answer.headers["content-type"] for answer in answers] == ["application/json"] * 2
