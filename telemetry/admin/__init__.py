"""The admin of telemetry."""

from telemetry.admin import decisions, events, journals, maintenance, new_records, overview, rollups, tokens

__all__ = ["decisions", "events", "journals", "maintenance", "new_records", "overview", "rollups", "tokens"]
