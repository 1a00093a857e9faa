"""CloudEvents 1.0 as records: the rules of the specification for attributes and data, and where each of them goes.

- `type` is the event_type, `time` the timestamp as it is written, `source` the source unless the sender has its own.
- `data` that is an object is the payload as it is; any other value is the payload's `data`. Binary data stays base64
  under `data_base64`, with its `datacontenttype`.
- `subject`, `dataschema` and extensions are added to the payload under their own names where the data has no such key.
- The version is the extension `version`, else the number at the end of `dataschema` (`.../order/v2`, `.../2`), else 1.
- `source` and `id` together are the event's own identity: what comes again with both is a duplicate.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final

from telemetry import canonical
from telemetry.canonical import NotJson, Rejected
from telemetry.foreign import key_of
from telemetry.record import Record, checked_source, record_of

SPECVERSION: Final = "1.0"
REQUIRED: Final = ("id", "source", "type")
OPTIONAL: Final = ("datacontenttype", "dataschema", "subject", "time")
KNOWN: Final = frozenset(("specversion", *REQUIRED, *OPTIONAL))
KIND: Final = "cloudevents"

_EXTENSION = re.compile(r"[a-z0-9]+\Z")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
_SCHEMA_VERSION = re.compile(r"/v?(\d{1,18})/?\Z", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,19}\Z", re.ASCII)


def of_structured(value: Any, received_us: int, source: str) -> Record:
    """The record of an event in JSON format. Errors: Rejected."""
    if not isinstance(value, dict):
        raise Rejected("a CloudEvent must be a JSON object")
    attributes = {name: found for name, found in value.items() if found is not None}
    data = attributes.pop("data", None)
    encoded = attributes.pop("data_base64", None)
    if encoded is not None:
        if data is not None:
            raise Rejected("a CloudEvent has data or data_base64, not both")
        return _record(attributes, {"data_base64": _checked_base64(encoded)}, received_us, source)
    return _record(attributes, _payload(data), received_us, source)


def of_binary(attributes: Mapping[str, str], body: bytes, received_us: int, source: str) -> Record:
    """The record of an event whose attributes are headers and whose data is the body. Errors: Rejected."""
    return _record(attributes, _content(body, attributes.get("datacontenttype", "")), received_us, source)


def _content(body: bytes, media_type: str) -> dict[str, Any]:
    if not body:
        return {}
    if is_json(media_type):
        try:
            return _payload(canonical.decode(body))
        except NotJson as rejected:
            raise Rejected("data is not the JSON that its content type says it is") from rejected
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = "\x00"
    return {"data_base64": base64.b64encode(body).decode("ascii")} if "\x00" in text else {"data": text}


def is_json(media_type: str) -> bool:
    """Whether data of that type is JSON; without a type it is."""
    media = media_type.partition(";")[0].strip().lower()
    return media in {"", "application/json", "text/json"} or media.endswith("+json")


def _payload(data: Any) -> dict[str, Any]:
    if data is None:
        return {}
    return dict(data) if isinstance(data, dict) else {"data": data}


def _checked_base64(encoded: Any) -> str:
    try:
        base64.b64decode(encoded, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Rejected("data_base64 must be base64 text") from error
    return str(encoded)


def _record(attributes: Mapping[str, Any], payload: dict[str, Any], received_us: int, source: str) -> Record:
    _check(attributes)
    version, extensions = _version(attributes)
    for name in ("subject", "dataschema", *extensions):
        if name in attributes:
            payload.setdefault(name, attributes[name])
    if not is_json(attributes.get("datacontenttype", "")):
        payload.setdefault("datacontenttype", attributes["datacontenttype"])
    return record_of(
        {
            "event_type": attributes["type"],
            "version": version,
            "timestamp": attributes.get("time"),
            "payload": payload,
        },
        received_us=received_us,
        source=source or checked_source(attributes["source"]),
        own_id=key_of(KIND, attributes["source"], attributes["id"]),
    )


def _check(attributes: Mapping[str, Any]) -> None:
    """The rules for attributes. Errors: Rejected."""
    if attributes.get("specversion") != SPECVERSION:
        raise Rejected('specversion must be "1.0"')
    for name in REQUIRED:
        if not _is_text(attributes.get(name)):
            raise Rejected(f"{name} must be a non-empty string")
    for name in OPTIONAL:
        if name in attributes and not _is_text(attributes[name]):
            raise Rejected(f"{name} must be a non-empty string when it is given")
    if "time" in attributes and not _RFC_3339.match(attributes["time"]):
        raise Rejected("time must be an RFC 3339 timestamp such as 2026-01-31T10:00:00Z")
    for name in attributes.keys() - KNOWN:
        if not _EXTENSION.match(name):
            raise Rejected("names of attributes consist of lower-case letters and digits")
        if not isinstance(attributes[name], str | int):
            raise Rejected("extension attributes are text, whole numbers or truth values")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _version(attributes: Mapping[str, Any]) -> tuple[int, list[str]]:
    """The version of the event's contract, and the extensions that are left for the payload."""
    extensions = sorted(attributes.keys() - KNOWN)
    given = attributes.get("version")
    if not isinstance(given, bool) and _WHOLE.match(str(given)):
        return int(str(given)), [name for name in extensions if name != "version"]
    found = _SCHEMA_VERSION.search(attributes.get("dataschema", ""))
    return int(found[1]) if found else 1, extensions
