"""OTLP in JSON: lower-camel-case keys, 64-bit numbers as text, ids in hex; keys that nobody knows are passed over."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from pydantic_core import to_json

from telemetry import canonical
from telemetry.canonical import INT64, MAX_DEPTH, NotJson, Rejected
from telemetry.endpoints.otlp_logs import SERVICE_NAME, TOO_DEEP, Log, Malformed, Reader, checked_id

UINT64: Final = range(2**64)
_WRONG_VALUE: Final = "an attribute or body has a value of a wrong type"


def readers(raw: bytes) -> list[Reader]:
    """The log records of a request. Errors: Malformed."""
    try:
        request = canonical.decode(raw)
    except NotJson as rejected:
        raise Malformed("the body is not JSON") from rejected
    if not isinstance(request, dict):
        raise Malformed("the body is not an object with resourceLogs")
    return list(_readers(request))


def _readers(request: dict[str, Any]) -> Iterator[Reader]:
    for resource_logs in _objects(request, "resourceLogs"):
        service = _service(resource_logs.get("resource"))
        for scope_logs in _objects(resource_logs, "scopeLogs"):
            for record in _objects(scope_logs, "logRecords"):
                yield partial(_log, record, service)


def _objects(parent: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Malformed(f"{name} is not an array of objects")
    return found


def _service(resource: Any) -> str:
    if resource is None:
        return ""
    if not isinstance(resource, dict):
        raise Malformed("resource is not an object")
    try:
        name = _attributes(resource.get("attributes"), 0).get(SERVICE_NAME)
    except Rejected as rejected:
        raise Malformed(f"a resource is wrong: {rejected.reason}") from rejected
    return name if isinstance(name, str) else ""


def _log(record: dict[str, Any], service: str) -> Log:
    return Log(
        service=service,
        event_name=_text(record, "eventName"),
        time_ns=_integer(record.get("timeUnixNano"), UINT64),
        observed_ns=_integer(record.get("observedTimeUnixNano"), UINT64),
        severity_text=_text(record, "severityText"),
        severity_number=_integer(record.get("severityNumber"), range(2**31)),
        body=_value(record.get("body"), 0),
        trace_id=checked_id(_text(record, "traceId"), 32),
        span_id=checked_id(_text(record, "spanId"), 16),
        attributes=_attributes(record.get("attributes"), 0),
    )


def _text(record: dict[str, Any], name: str) -> str:
    found = record.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Rejected("a text field of a log record is not a string")
    return found


def _integer(value: Any, within: range) -> int:
    """A whole number, which 64-bit fields write as text. Errors: Rejected."""
    if value is None:
        return 0
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.removeprefix("-").isdecimal():
        value = int(value)
    if type(value) is not int or value not in within:
        raise Rejected("a number of a log record is not a whole number in its range")
    return value


def _attributes(pairs: Any, depth: int) -> dict[str, Any]:
    if pairs is None:
        return {}
    if not isinstance(pairs, list):
        raise Rejected("attributes are not an array")
    found = {}
    for pair in pairs:
        key = pair.get("key") if isinstance(pair, dict) else None
        if not isinstance(key, str):
            raise Rejected("an attribute has no key")
        found[key] = _value(pair.get("value"), depth)
    return found


def _value(value: Any, depth: int) -> Any:
    """The plain value of an AnyValue. Errors: Rejected."""
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise Rejected(_WRONG_VALUE)
    if depth >= MAX_DEPTH:
        raise Rejected(TOO_DEEP)
    for name, read in _KINDS.items():
        if value.get(name) is not None:
            return read(value[name], depth + 1)
    return None


def _string(value: Any, _depth: int) -> str:
    if not isinstance(value, str):
        raise Rejected(_WRONG_VALUE)
    return value


def _bool(value: Any, _depth: int) -> bool:
    if not isinstance(value, bool):
        raise Rejected(_WRONG_VALUE)
    return value


def _int64(value: Any, _depth: int) -> int:
    return _integer(value, INT64)


def _double(value: Any, _depth: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Rejected(_WRONG_VALUE)
    try:
        return float(value)
    except (ValueError, OverflowError) as error:
        raise Rejected(_WRONG_VALUE) from error


def _array(value: Any, depth: int) -> list[Any]:
    items = value.get("values") if isinstance(value, dict) else value
    if items is None:
        return []
    if not isinstance(items, list):
        raise Rejected(_WRONG_VALUE)
    return [_value(item, depth) for item in items]


def _map(value: Any, depth: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Rejected(_WRONG_VALUE)
    return _attributes(value.get("values"), depth)


_KINDS: Final = {
    "stringValue": _string,
    "intValue": _int64,
    "boolValue": _bool,
    "doubleValue": _double,
    "arrayValue": _array,
    "kvlistValue": _map,
    "bytesValue": _string,
}


def success(rejected: int, sentence: str) -> bytes:
    """An ExportLogsServiceResponse."""
    if not rejected:
        return b"{}"
    return to_json({"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": sentence}})


def status(code: int, sentence: str) -> bytes:
    """A google.rpc.Status."""
    return to_json({"code": code, "message": sentence})
