"""Counters per hour and coarser: what metrics read instead of events. Maintained with the events, exact to the row.

Each table's whole key is its primary key; `row_key` is computed by the database for tools that want one field. `text`
is the prefix of the verbatim stamp, `utc` the first hour (since 1970) of the calendar bucket; `level` says how wide.

Rows are deleted by nobody: they outlive the events that they count. Cap: one row a bucket and combination of names.
"""

from typing import ClassVar

from django.db import models


class Bucket(models.Model):
    """What every rollup is keyed by."""

    row_key = models.CharField(primary_key=True, max_length=600, editable=False)
    level = models.SmallIntegerField()
    text = models.CharField(max_length=13)
    utc = models.IntegerField()

    class Meta:
        abstract = True
        ordering: ClassVar = ["level", "utc", "text"]

    def __str__(self) -> str:
        return self.row_key


class Count(Bucket):
    """Events by type, source and version. Deleted by nobody. Cap: see the module."""

    type_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    version = models.BigIntegerField()
    n = models.BigIntegerField()


class StopReason(Bucket):
    """`workflow.next.stop_reason` by reason. Deleted by nobody. Cap: see the module."""

    source_id = models.BigIntegerField()
    reason_id = models.BigIntegerField()
    n = models.BigIntegerField()


class Phase(Bucket):
    """`phase.close` and `task.close` by phase. Deleted by nobody. Cap: see the module."""

    source_id = models.BigIntegerField()
    phase_id = models.BigIntegerField()
    closes = models.BigIntegerField()
    tasks_done = models.BigIntegerField()
    task_closes = models.BigIntegerField()
    first_ts = models.TextField()
    last_ts = models.TextField()


class Verification(Bucket):
    """`verification.completed` by target; target 0 stands for all of them. Deleted by nobody. Cap: see the module."""

    source_id = models.BigIntegerField()
    target_id = models.BigIntegerField()
    runs = models.BigIntegerField()
    passed = models.BigIntegerField()
    checks_total = models.BigIntegerField()
    checks_passed = models.BigIntegerField()
    last = models.TextField(help_text="Stamp, event and outcome of the latest run as one sortable text.")


class Duration(Bucket):
    """Events with `duration_ms` by logarithmic bin: a mergeable sketch. Deleted by nobody. Cap: see the module."""

    type_id = models.BigIntegerField()
    source_id = models.BigIntegerField()
    bin = models.IntegerField()
    n = models.BigIntegerField()


class VerificationDay(models.Model):
    """`verification.completed` by the day as its stamp spells it. Deleted by nobody. Cap: one row a day and target."""

    row_key = models.CharField(primary_key=True, max_length=600, editable=False)
    day = models.TextField()
    source_id = models.BigIntegerField()
    target_id = models.BigIntegerField()
    runs = models.BigIntegerField()
    passed = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return self.row_key


class Zone(models.Model):
    """The earliest and latest instant among 4,096 consecutive events. Deleted by nobody. Cap: one row a zone."""

    row_key = models.CharField(primary_key=True, max_length=600, editable=False)
    zone = models.BigIntegerField()
    first_us = models.BigIntegerField()
    last_us = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["zone"]

    def __str__(self) -> str:
        return self.row_key


class Outcome(models.Model):
    """What became of records in one hour: `accepted`, `duplicate`, or the reason of a refusal.

    Deleted by retention after 400 days. Cap: the hours times sources times the constant reasons.
    """

    utc = models.IntegerField(help_text="Hours since 1970 at receipt.")
    source = models.CharField(max_length=256)
    outcome = models.CharField(max_length=120)
    n = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["utc", "source", "outcome"], name="telemetry_outcome_once")
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.n}"
