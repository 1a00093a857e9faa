"""What metrics and readiness show of a hub."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HubStats:
    """Counts of this moment. `lag_seconds` is 0 while every committed row has been handed out."""

    positions: Mapping[str, int]
    waiters: int
    streams: int
    subscriptions: int
    deadlines: int
    ring_rows: int
    ring_bytes: int
    forwarded: int
    catch_ups: int
    lag_seconds: float
