"""OTLP in protobuf: decoded by the published message types, after a look at how many records there are."""

import base64
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from telemetry.batches import MOST_RECORDS, TooMany
from telemetry.canonical import MAX_DEPTH, Rejected
from telemetry.endpoints.otlp_logs import SERVICE_NAME, TOO_DEEP, Log, Malformed, Reader, checked_id

_NOT_READABLE: Final = "the body is not an ExportLogsServiceRequest"
_LEVELS: Final = (1, 2, 2)  # numbers of resource_logs, scope_logs and log_records in their parents
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5  # wire types
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}
_MOST_FIELDS: Final = 4 * MOST_RECORDS


def readers(raw: bytes) -> list[Reader]:
    """The log records of a request. Errors: Malformed, TooMany."""
    _check_count(raw)
    try:
        request = ExportLogsServiceRequest.FromString(raw)
    except DecodeError as error:
        raise Malformed(_NOT_READABLE) from error
    return list(_readers(request))


def _readers(request: ExportLogsServiceRequest) -> Iterator[Reader]:
    for resource_logs in request.resource_logs:
        service = _service(resource_logs.resource)
        for scope_logs in resource_logs.scope_logs:
            for record in scope_logs.log_records:
                yield partial(_log, record, service)


def _service(resource: Resource) -> str:
    for pair in resource.attributes:
        if pair.key == SERVICE_NAME:
            return pair.value.string_value
    return ""


def _log(record: LogRecord, service: str) -> Log:
    return Log(
        service=service,
        event_name=record.event_name,
        time_ns=record.time_unix_nano,
        observed_ns=record.observed_time_unix_nano,
        severity_text=record.severity_text,
        severity_number=record.severity_number,
        body=_value(record.body, 0),
        trace_id=checked_id(record.trace_id.hex(), 32),
        span_id=checked_id(record.span_id.hex(), 16),
        attributes=_attributes(record.attributes, 0),
    )


def _attributes(pairs: Any, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pair: KeyValue
    for pair in pairs:
        found[pair.key] = _value(pair.value, depth)
    return found


def _value(value: AnyValue, depth: int) -> Any:
    """The plain value of an AnyValue; bytes become base64 as in the JSON encoding. Errors: Rejected."""
    if depth >= MAX_DEPTH:
        raise Rejected(TOO_DEEP)
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item, depth + 1) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values, depth + 1)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode("ascii")
    return getattr(value, kind) if kind in {"string_value", "bool_value", "int_value", "double_value"} else None


def _check_count(raw: bytes) -> None:
    """Count records before they are decoded: two bytes a record would become a hundred each. Errors: as `readers`."""
    spans, seen = [(0, len(raw))], 0
    for number in _LEVELS:
        inner = []
        for start, end in spans:
            for found, wire_type, low, high in _fields(raw, start, end):
                seen += 1
                if seen > _MOST_FIELDS:
                    raise TooMany
                if found == number and wire_type == _LENGTH:
                    inner.append((low, high))
        spans = inner
    if len(spans) > MOST_RECORDS:
        raise TooMany


def _fields(raw: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """The fields of a message: number, wire type, and where its content lies."""
    position = start
    while position < end:
        tag, low = _varint(raw, position, end)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _LENGTH:
            length, low = _varint(raw, low, end)
            high = low + length
        elif wire_type == _VARINT:
            high = _varint(raw, low, end)[1]
        elif wire_type in _FIXED:
            high = low + _FIXED[wire_type]
        else:
            raise Malformed(_NOT_READABLE)
        if high > end:
            raise Malformed(_NOT_READABLE)
        yield number, wire_type, low, high
        position = high


def _varint(raw: bytes, position: int, end: int) -> tuple[int, int]:
    """A number and the position behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= end:
            break
        byte = raw[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise Malformed(_NOT_READABLE)


def success(rejected: int, sentence: str) -> bytes:
    """An ExportLogsServiceResponse; without refusals an empty one."""
    if not rejected:
        return b""
    partial_success = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=sentence)
    return ExportLogsServiceResponse(partial_success=partial_success).SerializeToString()


def status(code: int, sentence: str) -> bytes:
    """A google.rpc.Status: field 1 is the code, field 2 the message. Both fit one package less."""
    text = sentence.encode()[:1000]
    return b"\x08" + _encoded(code) + b"\x12" + _encoded(len(text)) + text


def _encoded(number: int) -> bytes:
    """A varint."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
