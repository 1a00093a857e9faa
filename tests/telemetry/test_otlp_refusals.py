"""OTLP over HTTP: bodies that nobody should decode, and what is said under load."""

from typing import Any

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.telemetry.otlp_requests import JSON, NANOS, PROTOBUF, decoded, length, log, protobuf, send
from tests.telemetry.senders import events, new_token, stranger


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"[]", b'{"resourceLogs": 5}', b'{"resourceLogs": [5]}', b'{"resourceLogs":[{"resource":5}]}',
        b'{"resourceLogs":[{"resource":{"attributes":5}}]}', b'{"resourceLogs":[{"scopeLogs":{}}]}', b"[" * 100_000,
    ],
)  # fmt: skip
async def test_json_that_is_no_request_is_answered_with_a_status(http: Any, body: bytes) -> None:
    response = await http.post("/v1/logs", content=body, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, 3)


def deep_protobuf() -> bytes:
    value = AnyValue(string_value="x")
    content = value.SerializeToString()
    for _ in range(200):
        for tag in (b"\x0a", b"\x2a"):  # values of an ArrayValue, array_value of an AnyValue
            content = tag + length(content) + content
    body = b"\x2a" + length(content) + content
    for tag in (b"\x12", b"\x12", b"\x0a"):
        body = tag + length(body) + body
    return body


@pytest.mark.parametrize(
    "body",
    [b"\xff", b"\x0a\x05ab", b"\x0b", b"\x08" + b"\xff" * 12, b"\x0d\x00", b"nonsense", deep_protobuf()],
    ids=["tag", "cut", "group", "varint", "fixed", "text", "deep"],
)
async def test_protobuf_that_is_no_request_is_answered_with_a_status(http: Any, body: bytes) -> None:
    response = await http.post("/v1/logs", content=body, headers=PROTOBUF)
    status = decoded(Status, response.content)
    assert (response.status_code, status.code, bool(status.message)) == (400, 3, True)


@pytest.mark.parametrize("level", [1, 2, 3])
async def test_more_records_than_a_request_may_hold_are_not_even_decoded(http: Any, level: int) -> None:
    body = b"\x12\x00" * 50_000 if level > 1 else b"\x0a\x00" * 50_000
    for tag in (b"\x12", b"\x0a")[3 - level :]:
        body = tag + length(body) + body
    response = await http.post("/v1/logs", content=body, headers=PROTOBUF)
    assert (response.status_code, decoded(Status, response.content).message) == (413, "more than 10000 records")


async def test_more_records_in_json_are_too_many_too(http: Any) -> None:
    response = await send(http, *[{}] * 10_001)
    assert (response.status_code, response.json()["message"]) == (413, "more than 10000 records")


@pytest.mark.parametrize("kind", ["text/plain", "application/cloudevents+json", ""])
async def test_another_media_type_is_not_read(http: Any, kind: str) -> None:
    response = await http.post("/v1/logs", content=b"{}", headers={"content-type": kind})
    assert (response.status_code, response.json()["code"]) == (415, 3)


async def test_another_coding_is_told_what_is_read(http: Any) -> None:
    response = await http.post("/v1/logs", content=b"{}", headers={**JSON, "content-encoding": "zstd"})
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "gzip, identity")


async def test_other_methods_are_told_to_post(http: Any) -> None:
    response = await http.get("/v1/logs")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_a_stranger_without_key_is_refused_before_the_body(http: Any) -> None:
    async with stranger() as client:
        response = await client.post("/v1/logs", content=b"nonsense", headers=JSON)
    assert (response.status_code, await events(http)) == (401, [])


# overload


async def test_a_token_beyond_its_minute_is_asked_to_come_back(http: Any) -> None:
    token = await new_token(events_per_minute=2)
    bearer = {**PROTOBUF, "authorization": f"Bearer {token}"}
    async with stranger() as client:
        bodies = [protobuf(log(time_unix_nano=NANOS + number), log()) for number in range(2)]
        found = [await client.post("/v1/logs", content=body, headers=bearer) for body in bodies]
    assert [response.status_code for response in found] == [200, 429]
    assert (found[1].headers["retry-after"] in {"60", "61"}, decoded(Status, found[1].content).code) == (True, 8)


async def test_a_store_that_fails_on_the_way_asks_for_a_repeat(http: Any, monkeypatch: Any) -> None:
    from django.db import OperationalError

    from telemetry import batches, store

    monkeypatch.setattr(batches, "MOST_ROWS", 1)
    whole, calls = store.write, []

    def failing(records: Any) -> Any:
        calls.append(records)
        if len(calls) > 1:
            raise OperationalError("the disk went away")
        return whole(records)

    monkeypatch.setattr(store, "write", failing)
    response = await send(http, {"eventName": "a"}, {"eventName": "b"})
    assert (response.status_code, response.json()["code"]) == (503, 14)
    assert "retry-after" in response.headers
