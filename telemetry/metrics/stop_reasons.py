"""Why workflows stopped."""

from typing import TypedDict

from telemetry import labels
from telemetry.metrics.counts import unsupported
from telemetry.rollups.contributions import STOP_REASON
from telemetry.rollups.reading import Reading
from telemetry.rollups.tables import STOP_REASONS

TYPES = (STOP_REASON,)


class ReasonRow(TypedDict):
    reason: str
    count: int


class StopReasons(TypedDict):
    since: str | None
    total: int
    unsupported_versions: int
    stop_reasons: list[ReasonRow]


def stop_reasons(reading: Reading) -> StopReasons:
    """Reasons by count, then by name; events without a reason take no part."""
    found = {key: measures[0] for (key,), measures in reading.totals(STOP_REASONS, ["reason_id"]).items()}
    texts = labels.texts_of(found)
    rows = [ReasonRow(reason=texts[key], count=number) for key, number in found.items()]
    rows.sort(key=lambda row: (-row["count"], row["reason"]))
    return StopReasons(
        since=reading.window.since,
        total=sum(found.values()),
        unsupported_versions=unsupported(reading),
        stop_reasons=rows,
    )
