"""What the store knows of itself: runtime settings, answers kept for repeats, marks."""

from typing import Any, ClassVar

from django.db import models

from pulse_project.core import clock


class StoredSetting(models.Model):
    """A setting changed while Pulse runs.

    Deleted by a reset to the default. Cap: one row a declared setting.
    """

    key = models.CharField(max_length=64, primary_key=True)
    value: Any = models.JSONField()
    changed_by = models.CharField(max_length=160, blank=True, default="")
    changed_at = models.DateTimeField(default=clock.now)
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.key


class IdempotencyRecord(models.Model):
    """The answer of one write, kept 24 hours for repeats.

    Deleted by the housekeeping, every hour. Cap: a day of writes at the rate limit.
    """

    scope = models.CharField(max_length=200)
    operation = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer: Any = models.JSONField()
    created_us = models.BigIntegerField(default=clock.now_us, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "operation", "key"], name="core_idempotency_once"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class StoreMark(models.Model):
    """A named value about the store itself: its epoch, lost ranges of its logs, the version that prepared it.

    Deleted by nobody. Cap: one row a name.
    """

    name = models.CharField(max_length=32, primary_key=True)
    value: Any = models.JSONField()

    def __str__(self) -> str:
        return self.name
