"""What the leading process does for telemetry from time to time."""

from pulse_project.core import auth, housekeeping
from telemetry import alerts, partitions, payload_index, pruning

_hourly = pruning.Hourly()
_backfill = payload_index.Backfill()


@housekeeping.every(60)
def prune() -> None:
    """Retention, once an hour."""
    _hourly.work()


@housekeeping.every(5)
def index_payload_keys() -> None:
    """Index what was stored before a payload key was declared."""
    _backfill.work()


@housekeeping.every(60)
def look_at_alerts() -> None:
    """Alerts, once a minute."""
    alerts.evaluate(auth.system_caller())


@housekeeping.every(3600)
def keep_partitions() -> None:
    """Partitions of the months ahead, on PostgreSQL."""
    partitions.keep()
