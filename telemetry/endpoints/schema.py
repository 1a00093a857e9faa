"""`GET /v1/schema/event.v1.json`: the event contract as JSON Schema, for producers that check before they send."""

from typing import Any, Final

from pydantic_core import to_json

from pulse_project.core.http_reply import Receive, Scope, Send, reply
from telemetry.canonical import MAX_DEPTH, MAX_EVENT_BYTES
from telemetry.record import MAX_NAME_BYTES, MAX_STAMP_BYTES

PATH: Final = "/v1/schema/event.v1.json"
SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": PATH,
    "title": "Telemetry event, version 1 of the envelope",
    "type": "object",
    "required": ["event_type", "version"],
    "properties": {
        "event_type": {
            "type": "string",
            "pattern": r"\S",
            "description": f"Any name that is not blank, up to {MAX_NAME_BYTES} bytes of UTF-8.",
        },
        "version": {
            "type": "integer",
            "minimum": -(2**63),
            "maximum": 2**63 - 1,
            "description": "Version of this type's payload. Figures over payloads read version 1.",
        },
        "timestamp": {
            "type": ["string", "null"],
            "description": "When it happened, best ISO 8601 with a zone; kept as sent, up to "
            f"{MAX_STAMP_BYTES} bytes. Blank or absent: Pulse stamps the receipt.",
        },
        "payload": {
            "type": ["object", "null"],
            "description": f"Up to {MAX_EVENT_BYTES} bytes and {MAX_DEPTH} levels; finite numbers, no NUL character.",
            "properties": {
                "duration_ms": {
                    "type": ["number", "null"],
                    "description": "Where it is a number from 0 on, percentiles are kept.",
                }
            },
        },
    },
    "additionalProperties": True,
}
_CONTENT: Final = to_json(SCHEMA, indent=2)


async def event(scope: Scope, receive: Receive, send: Send) -> None:
    """The schema, to everybody who may read telemetry here."""
    if scope["method"] not in {"GET", "HEAD"}:
        await reply(send, 405, b'{"detail":"Method Not Allowed"}', headers=[(b"allow", b"GET, HEAD")])
        return
    await reply(send, 200, _CONTENT, content_type=b"application/schema+json")
