"""The published event envelope: what a producer sends, checked in the published order, ready to be stored."""

from dataclasses import dataclass, replace
from typing import Any

from pulse_project.core import clock
from telemetry import canonical, instants
from telemetry.canonical import INT64, Rejected

MAX_NAME_BYTES = 256
MAX_STAMP_BYTES = 256
UNKNOWN = "unknown"
SOURCES = {
    "phase.close": "grain",
    "task.close": "grain",
    "suggest.accept": "grain",
    "workflow.next.stop_reason": "grain",
    "verification.completed": "assay",
    "check.completed": "assay",
}

NOT_AN_OBJECT = "event must be a JSON object"
BAD_TYPE = "event_type must be a non-empty string"
BAD_VERSION = "version must be an integer"
BAD_PAYLOAD = "payload must be an object"
BAD_STAMP = "timestamp must be a string"


@dataclass(slots=True)
class Record:
    """One valid event. `event_id` is the content hash, `foreign_key` a producer's own id (16 bytes) if it sent one."""

    event_id: bytes
    event_type: str
    version: int
    event_ts: str
    has_producer_stamp: bool
    ts_us: int
    is_dated: bool  # ts_us is what the stamp says; else the receipt
    received_us: int
    source: str
    payload: dict[str, Any]
    payload_text: str
    foreign_key: bytes | None = None


def record_of(
    value: Any,
    *,
    received_us: int,
    source: str = "",
    foreign_key: bytes | None = None,
    own_id: bytes | None = None,
) -> Record:
    """The record of a decoded event.

    `foreign_key` recognises a repeat of the request; `own_id` is the producer's identity of the event: two events of
    equal content that differ in it are two events, so it is part of their event id. Errors: Rejected with the
    published sentence, TooLarge.
    """
    if not isinstance(value, dict):
        raise Rejected(NOT_AN_OBJECT)
    event_type = value.get("event_type")
    if not isinstance(event_type, str) or not event_type.strip():
        raise Rejected(BAD_TYPE)
    version = value.get("version")
    if type(version) is not int:
        raise Rejected(BAD_VERSION)
    payload = value.get("payload")
    if payload is None:
        payload = {}
    elif not isinstance(payload, dict):
        raise Rejected(BAD_PAYLOAD)
    stamp = value.get("timestamp")
    if stamp is None:
        stamp = ""
    elif not isinstance(stamp, str):
        raise Rejected(BAD_STAMP)
    return _built(event_type, version, payload, stamp.strip(), (received_us, source, foreign_key, own_id))


def _built(
    event_type: str,
    version: int,
    payload: dict[str, Any],
    stamp: str,
    receipt: tuple[int, str, bytes | None, bytes | None],
) -> Record:
    received_us, source, foreign_key, own_id = receipt
    if version not in INT64:
        raise Rejected("version must fit in 64 bits")
    _check_text(event_type, "event_type", MAX_NAME_BYTES)
    payload_text = canonical.canonical(payload)
    if stamp:
        _check_text(stamp, "timestamp", MAX_STAMP_BYTES)
        event_ts = stamp
        ts_us, is_dated = instants.instant(stamp, received_us)
    else:
        event_ts = clock.iso(received_us) or ""
        ts_us, is_dated = received_us, True
    return Record(  # by place, which takes half as long as by name: this is done for every event
        canonical.event_id(event_type, version, event_ts, payload_text, own_id),
        event_type,
        version,
        event_ts,
        bool(stamp),
        ts_us,
        is_dated,
        received_us,
        source or SOURCES.get(event_type, UNKNOWN),
        payload,
        payload_text,
        own_id or foreign_key,
    )


def restamped(record: Record, received_us: int) -> Record:
    """A record with neither stamp nor id of its producer, as it would be had it come at `received_us`."""
    event_ts = clock.iso(received_us) or ""
    return replace(
        record,
        event_id=canonical.event_id(record.event_type, record.version, event_ts, record.payload_text),
        event_ts=event_ts,
        ts_us=received_us,
        received_us=received_us,
    )


def _check_text(text: str, name: str, most: int) -> None:
    if "\x00" in text:
        raise Rejected(f"{name} holds the NUL character")
    if len(text) * 4 > most and len(text.encode("utf-8", "surrogatepass")) > most:
        raise Rejected(f"{name} is longer than {most} bytes")


def checked_source(text: str) -> str:
    """A source label of a request, stripped; empty when it names none. Errors: Rejected."""
    source = text.strip()
    _check_text(source, "source", MAX_NAME_BYTES)
    if not source.isascii():
        canonical.check_characters(source)
    return source
