"""Requests of OTLP in both encodings."""

import json
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

JSON = {"content-type": "application/json"}
PROTOBUF = {"content-type": "application/x-protobuf"}
NANOS = 1_788_256_800_123_456_789
STAMP = "2026-09-01T10:00:00.123456789Z"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def text(value: str) -> dict[str, str]:
    return {"stringValue": value}


def pair(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def request(*records: Any, service: str = "checkout") -> dict[str, Any]:
    resource = {"attributes": [pair("service.name", text(service))]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": list(records)}]}]}


async def send(http: Any, *records: Any, **over: Any) -> Any:
    return await http.post("/v1/logs", content=json.dumps(request(*records, **over)), headers=JSON)


def protobuf(*records: LogRecord, service: str = "checkout") -> bytes:
    message = ExportLogsServiceRequest()
    resource_logs = message.resource_logs.add()
    resource_logs.resource.attributes.add(key="service.name", value=AnyValue(string_value=service))
    resource_logs.scope_logs.add().log_records.extend(records)
    return message.SerializeToString()


def log(**over: Any) -> LogRecord:
    return LogRecord(**{"time_unix_nano": NANOS, "event_name": "deploy.done", **over})


def decoded(kind: Callable[[], Any], content: bytes) -> Any:
    message: Message = kind()
    message.ParseFromString(content)
    return message


FULL = {
    "timeUnixNano": str(NANOS), "observedTimeUnixNano": "1", "severityNumber": 9, "severityText": "INFO",
    "eventName": "deploy.done", "body": text("went well"), "traceId": TRACE.upper(), "spanId": SPAN, "flags": 1,
    "droppedAttributesCount": 0, "unheardOf": {"a": 1},
    "attributes": [
        pair("text", text("a")), pair("whole", {"intValue": "9007199254740993"}), pair("number", {"intValue": 5}),
        pair("share", {"doubleValue": 0.5}), pair("yes", {"boolValue": True}), pair("nothing", {}),
        pair("bytes", {"bytesValue": "AAE="}), pair("list", {"arrayValue": {"values": [text("x"), {"intValue": "1"}]}}),
        pair("map", {"kvlistValue": {"values": [pair("k", text("v"))]}}), pair("event.version", {"intValue": "2"}),
    ],
}  # fmt: skip
PAYLOAD = {
    "text": "a", "whole": 9007199254740993, "number": 5, "share": 0.5, "yes": True, "nothing": None, "bytes": "AAE=",
    "list": ["x", 1], "map": {"k": "v"}, "body": "went well", "severity": "INFO", "severity_number": 9,
    "trace_id": TRACE, "span_id": SPAN,
}  # fmt: skip


def full_log() -> LogRecord:
    """`FULL` in the other encoding."""
    values = {
        "text": AnyValue(string_value="a"),
        "whole": AnyValue(int_value=9007199254740993),
        "number": AnyValue(int_value=5),
        "share": AnyValue(double_value=0.5),
        "yes": AnyValue(bool_value=True),
        "nothing": AnyValue(),
        "bytes": AnyValue(bytes_value=b"\x00\x01"),
        "list": AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="x"), AnyValue(int_value=1)])),
        "map": AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key="k", value=AnyValue(string_value="v"))])),
        "event.version": AnyValue(int_value=2),
    }
    return log(
        observed_time_unix_nano=1,
        severity_number=9,
        severity_text="INFO",
        body=AnyValue(string_value="went well"),
        trace_id=bytes.fromhex(TRACE),
        span_id=bytes.fromhex(SPAN),
        attributes=[KeyValue(key=key, value=value) for key, value in values.items()],
    )


def length(content: bytes) -> bytes:
    number, written = len(content), bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
