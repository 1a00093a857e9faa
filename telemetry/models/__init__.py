"""Tables of telemetry."""

from telemetry.models.event import Attribute, Event, Label, PayloadKey, Stamp
from telemetry.models.rollups import (
    Bucket,
    Count,
    Duration,
    Outcome,
    Phase,
    StopReason,
    Verification,
    VerificationDay,
    Zone,
)
from telemetry.models.rules import (
    AlertRule,
    DrainPosition,
    DrainRun,
    Durability,
    IngestGrant,
    RetentionFloor,
    RetentionRule,
)

__all__ = [
    "AlertRule",
    "Attribute",
    "Bucket",
    "Count",
    "DrainPosition",
    "DrainRun",
    "Durability",
    "Duration",
    "Event",
    "IngestGrant",
    "Label",
    "Outcome",
    "PayloadKey",
    "Phase",
    "RetentionFloor",
    "RetentionRule",
    "Stamp",
    "StopReason",
    "Verification",
    "VerificationDay",
    "Zone",
]
