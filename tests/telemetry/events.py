"""Events as producers send them."""

from typing import Any

NOW_US = 1_788_264_000_000_000  # 2026-09-01T12:00:00Z


def event(event_type: str = "note", timestamp: str | None = "2026-09-01T10:00:00Z", **over: Any) -> dict[str, Any]:
    """A valid event; keyword arguments beside `version` and `payload` make up the payload."""
    version = over.pop("version", 1)
    payload = over.pop("payload", over)
    return {"event_type": event_type, "version": version, "timestamp": timestamp, "payload": payload}
