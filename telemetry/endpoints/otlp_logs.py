"""Log records of OpenTelemetry as events, whatever encoding they came in (OTLP 1.x, logs data model 1.x).

- The event_type is `eventName`, else the attribute `event.name`, else `log`.
- The timestamp is `timeUnixNano`, else `observedTimeUnixNano`, as RFC 3339 with nine digits; else the receipt.
- The version is the attribute `event.version` when it is a whole number, else 1. The source is the resource's
  `service.name` unless the sender has its own.
- The payload is the record's attributes. `body`, `severity` (its text), `severity_number`, `trace_id` and `span_id` are
  added where the record has them and no attribute is called so. Attributes that became type or version are left out.

Log records have no id of their own: what is equal in all of this is a duplicate.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from telemetry.canonical import INT64, MAX_DEPTH, Rejected
from telemetry.record import Record, checked_source, record_of

EVENT_NAME: Final = "event.name"
EVENT_VERSION: Final = "event.version"
SERVICE_NAME: Final = "service.name"
PLAIN: Final = "log"
NANO: Final = 1_000_000_000
TOO_DEEP: Final = f"an attribute or body nests deeper than {MAX_DEPTH} levels"


@dataclass(slots=True)
class Log:
    """A decoded log record. Times in nanoseconds since 1970, 0 = none; ids in hex, empty = none."""

    service: str = ""
    event_name: str = ""
    time_ns: int = 0
    observed_ns: int = 0
    severity_text: str = ""
    severity_number: int = 0
    body: Any = None
    trace_id: str = ""
    span_id: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


Reader = Callable[[], Log]  # decodes one record; Rejected when there is something wrong with this one alone


class Malformed(Rejected):
    """A request that cannot be decoded at all."""


def record_of_log(log: Log, received_us: int, source: str) -> Record:
    """The record of a log record. Errors: Rejected."""
    attributes = log.attributes
    event_type = log.event_name or _popped_name(attributes) or PLAIN
    version = _popped_version(attributes)
    for name, value in (
        ("body", log.body),
        ("severity", log.severity_text or None),
        ("severity_number", log.severity_number or None),
        ("trace_id", log.trace_id or None),
        ("span_id", log.span_id or None),
    ):
        if value is not None:
            attributes.setdefault(name, value)
    return record_of(
        {
            "event_type": event_type,
            "version": version,
            "timestamp": stamp(log.time_ns or log.observed_ns),
            "payload": attributes,
        },
        received_us=received_us,
        source=source or checked_source(log.service),
    )


def _popped_name(attributes: dict[str, Any]) -> str:
    name = attributes.get(EVENT_NAME)
    if not isinstance(name, str) or not name.strip():
        return ""
    del attributes[EVENT_NAME]
    return name


def _popped_version(attributes: dict[str, Any]) -> int:
    version = attributes.get(EVENT_VERSION)
    if type(version) is not int or version not in INT64:
        return 1
    del attributes[EVENT_VERSION]
    return version


def stamp(time_ns: int) -> str | None:
    """RFC 3339 in UTC with nine digits; None for 0, which says that there is no time."""
    if not time_ns:
        return None
    seconds, nanoseconds = divmod(time_ns, NANO)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def checked_id(digits: str, length: int) -> str:
    """A trace or span id of `length` hex digits in lower case; empty for one of zeros only. Errors: Rejected."""
    found = digits.lower()
    if found and (len(found) != length or found.strip("0123456789abcdef")):
        raise Rejected("traceId takes 32 and spanId 16 hexadecimal digits")
    return found if found.strip("0") else ""
