"""What operators decide: ingest tokens' terms, retention, alerts; and the journal of drains."""

from typing import ClassVar

from django.db import models

from pulse_project.core import clock


class Durability(models.TextChoices):
    """When a record is acknowledged."""

    FULL = "full", "after it survives a power loss"
    RELAXED = "relaxed", "after the commit; the last second may be lost"


class IngestGrant(models.Model):
    """The terms of one ingest token, which is an API key of scope `telemetry.ingest`.

    Deleted by the end of its key. Cap: what operators issue.
    """

    key = models.OneToOneField("core.ApiKey", on_delete=models.CASCADE, related_name="ingest_grant")
    source = models.CharField(
        max_length=256, blank=True, default="", help_text="Every record's source; empty = theirs."
    )
    durability = models.CharField(max_length=8, choices=Durability.choices, default=Durability.FULL)
    events_per_minute = models.PositiveIntegerField(default=0, help_text="0 = unlimited.")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "ingest token"

    def __str__(self) -> str:
        return f"token {self.pk} ({self.source or 'any source'})"


class RetentionRule(models.Model):
    """How long events of one type are kept; the type `*` is the rule of all that have none of their own.

    Deleted by operators. Cap: one row a type.
    """

    event_type = models.CharField(max_length=256, unique=True)
    keep_days = models.PositiveIntegerField(default=0, help_text="0 = for ever.")
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.event_type}: {self.keep_days or 'for ever'}"


class RetentionFloor(models.Model):
    """The hour (since 1970) below which retention has deleted the events of one type; rollups still count them.

    Deleted by nobody. Cap: one row a type.
    """

    type = models.OneToOneField("Label", on_delete=models.PROTECT, related_name="+", primary_key=True)
    utc = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.type_id}: {self.utc}"


class AlertRule(models.Model):
    """A condition on a metric that is looked at every minute; its changes are domain events.

    Deleted by operators. Cap: 200.
    """

    class Metric(models.TextChoices):
        COUNT = "count", "events in the window"
        PASS_RATE = "pass_rate", "share of passed verifications in the window"
        DURATION_P90 = "duration_p90", "90th percentile of duration_ms in the window"
        SILENCE = "silence", "no event in the window"

    class Comparison(models.TextChoices):
        ABOVE = "above"
        BELOW = "below"

    name = models.CharField(max_length=100, unique=True)
    metric = models.CharField(max_length=16, choices=Metric.choices)
    comparison = models.CharField(max_length=8, choices=Comparison.choices, default=Comparison.BELOW)
    threshold = models.FloatField(default=0)
    window_minutes = models.PositiveIntegerField(default=60)
    event_type = models.CharField(max_length=256, blank=True, default="")
    source = models.CharField(max_length=256, blank=True, default="")
    target = models.CharField(max_length=256, blank=True, default="")
    is_enabled = models.BooleanField(default=True)
    is_firing = models.BooleanField(default=False, editable=False)
    last_value = models.FloatField(null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class DrainRun(models.Model):
    """One run of `drain` over one file.

    Deleted by retention after 400 days. Cap: one row a drained file.
    """

    path = models.CharField(max_length=1024)
    source = models.CharField(max_length=256, blank=True, default="")
    accepted = models.BigIntegerField(default=0)
    deduplicated = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    was_truncated = models.BooleanField(default=False)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.path


class DrainPosition(models.Model):
    """How far a file has been drained: what the next drain of the same file begins with.

    Deleted by the end of its file, or by retention after 400 days without a drain. Cap: one row a drained file.
    """

    device = models.BigIntegerField()
    inode = models.BigIntegerField()
    path = models.CharField(max_length=1024)
    offset = models.BigIntegerField(default=0, help_text="Bytes that are stored.")
    line = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0, help_text="Events among these bytes.")
    head_hash = models.CharField(
        max_length=64, blank=True, default="", help_text="Of the first and last of these bytes: is it the same file?"
    )
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "inode"], name="telemetry_drain_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.path} @{self.offset}"
