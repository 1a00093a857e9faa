"""OTLP over HTTP: both encodings as events, and partial success."""

import gzip
import json
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from tests.telemetry.otlp_requests import (
    FULL,
    JSON,
    NANOS,
    PAYLOAD,
    PROTOBUF,
    STAMP,
    decoded,
    full_log,
    log,
    pair,
    protobuf,
    request,
    send,
    text,
)
from tests.telemetry.senders import events, new_token, newest, stranger


async def test_a_record_in_json_becomes_an_event(http: Any) -> None:
    response = await send(http, FULL)
    event = await newest(http)
    assert (response.status_code, response.content, response.headers["content-type"]) == (
        200,
        b"{}",
        JSON["content-type"],
    )
    assert (event["event_type"], event["version"], event["source"]) == ("deploy.done", 2, "checkout")
    assert (event["timestamp"], event["payload"]) == (STAMP, PAYLOAD)


async def test_a_record_in_protobuf_becomes_the_same_event(http: Any) -> None:
    await send(http, FULL)
    response = await http.post("/v1/logs", content=protobuf(full_log()), headers=PROTOBUF)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == PROTOBUF["content-type"]
    assert len(await events(http)) == 1


async def test_a_gzip_body_is_inflated(http: Any) -> None:
    body = gzip.compress(protobuf(log()))
    await http.post("/v1/logs", content=body, headers={**PROTOBUF, "content-encoding": "gzip"})
    assert (await newest(http))["event_type"] == "deploy.done"


@pytest.mark.parametrize(
    ("record", "event_type"),
    [
        ({"attributes": [pair("event.name", text("old.style"))]}, "old.style"),
        ({"eventName": "new", "attributes": [pair("event.name", text("old.style"))]}, "new"),
        ({"body": text("only a line")}, "log"),
        ({"attributes": [pair("event.name", {"intValue": "5"})]}, "log"),
    ],
)
async def test_the_type_is_the_name_of_the_event_or_log(http: Any, record: Any, event_type: str) -> None:
    await send(http, record)
    assert (await newest(http))["event_type"] == event_type


async def test_the_time_of_observation_stands_in_for_a_missing_time(http: Any) -> None:
    await send(http, {"observedTimeUnixNano": str(NANOS)})
    assert (await newest(http))["timestamp"] == STAMP


async def test_a_record_without_any_time_is_stamped_at_its_receipt(http: Any) -> None:
    await send(http, {"eventName": "x"})
    assert (await newest(http))["timestamp_source"] == "receiver"


async def test_an_attribute_is_never_overwritten(http: Any) -> None:
    await send(http, {"body": text("line"), "attributes": [pair("body", text("mine"))]})
    assert (await newest(http))["payload"] == {"body": "mine"}


async def test_a_version_that_is_no_number_stays_an_attribute(http: Any) -> None:
    await send(http, {"attributes": [pair("event.version", text("1.2.0"))]})
    event = await newest(http)
    assert (event["version"], event["payload"]) == (1, {"event.version": "1.2.0"})


async def test_records_without_service_have_an_unknown_source(http: Any) -> None:
    await http.post("/v1/logs", json={"resourceLogs": [{"scopeLogs": [{"logRecords": [{"eventName": "x"}]}]}]})
    assert (await newest(http))["source"] == "unknown"


async def test_a_tokens_own_source_wins_over_the_service(http: Any) -> None:
    token = await new_token(source="ci")
    bearer = {**JSON, "authorization": f"Bearer {token}"}
    async with stranger() as client:
        response = await client.post("/v1/logs", content=json.dumps(request(FULL)), headers=bearer)
    assert (response.status_code, (await newest(http))["source"]) == (200, "ci")


@pytest.mark.parametrize("body", [{}, {"resourceLogs": None}, {"resourceLogs": []}, {"resourceLogs": [{}]}])
async def test_a_request_without_records_succeeds(http: Any, body: Any) -> None:
    response = await http.post("/v1/logs", json=body)
    assert (response.status_code, response.content) == (200, b"{}")


# partial success


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"traceId": "zz"}, "traceId takes 32 and spanId 16 hexadecimal digits"),
        ({"timeUnixNano": "-1"}, "a number of a log record is not a whole number in its range"),
        ({"timeUnixNano": 1.5}, "a number of a log record is not a whole number in its range"),
        ({"severityNumber": "INFO"}, "a number of a log record is not a whole number in its range"),
        ({"eventName": 5}, "a text field of a log record is not a string"),
        ({"attributes": {}}, "attributes are not an array"),
        ({"attributes": [{"value": text("x")}]}, "an attribute has no key"),
        ({"body": {"intValue": str(2**63)}}, "a number of a log record is not a whole number in its range"),
        ({"body": {"boolValue": "true"}}, "an attribute or body has a value of a wrong type"),
        ({"body": {"arrayValue": {"values": 5}}}, "an attribute or body has a value of a wrong type"),
        ({"body": {"doubleValue": "NaN"}}, "payload holds a number that JSON cannot represent"),
        ({"body": text("\u0000")}, "payload holds the NUL character"),
        ({"eventName": "x" * 257}, "event_type is longer than 256 bytes"),
        ({"body": text("x" * 1_100_000)}, "event is larger than 1048576 bytes"),
    ],
)
async def test_a_bad_record_is_told_and_the_good_one_is_stored(http: Any, record: Any, reason: str) -> None:
    response = await send(http, record, {"eventName": "good"})
    assert (response.status_code, response.json()) == (
        200, {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": f"Not stored: {reason}."}},
    )  # fmt: skip
    assert [event["event_type"] for event in await events(http)] == ["good"]


async def test_partial_success_in_protobuf_is_a_message(http: Any) -> None:
    response = await http.post("/v1/logs", content=protobuf(log(trace_id=b"short"), log()), headers=PROTOBUF)
    found = decoded(ExportLogsServiceResponse, response.content).partial_success
    assert (found.rejected_log_records, "traceId" in found.error_message) == (1, True)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = text("deep")
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


async def test_a_value_nested_too_deeply_is_refused_alone(http: Any) -> None:
    response = await send(http, {"body": nested(70)}, {"body": nested(40)})
    assert response.json()["partialSuccess"]["rejectedLogRecords"] == "1"
    assert len(await events(http)) == 1
