"""The append-only logs: what one row carries, and who still has to hear of it."""

from typing import Any, ClassVar

from django.db import models

from pulse_project.core import clock


class LogRow(models.Model):
    """A row of an append-only log. `seq` is gapless and commit-ordered on both databases; rows are never changed."""

    seq = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=64)
    actor = models.CharField(max_length=160, blank=True, default="")
    created_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        abstract = True


class LogCounter(models.Model):
    """Head and prune floor of one log, made on demand. `head` hands out the next `seq` late in the transaction.

    Deleted by nobody. Cap: one row a log.
    """

    name = models.CharField(max_length=32, primary_key=True)
    head = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0, help_text="Highest seq that retention has deleted.")

    def __str__(self) -> str:
        return f"{self.name}: {self.head}"


class DomainEvent(LogRow):
    """One change outside the bus: the live feed's cursor, the audit trail and the outbox in one. Never changed.

    Deleted by nobody, being the audit trail. Cap: none; the bus writes here only what operators do.
    """

    principal = models.CharField(max_length=160, blank=True, default="")
    board_id = models.UUIDField(null=True, blank=True)
    entity_kind = models.CharField(max_length=32, blank=True, default="")
    entity_id = models.CharField(max_length=160, blank=True, default="")
    entity_revision = models.PositiveIntegerField(null=True, blank=True)
    from_status = models.CharField(max_length=32, blank=True, default="")
    to_status = models.CharField(max_length=32, blank=True, default="")
    payload: Any = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["board_id", "seq"], name="core_event_board", condition=models.Q(board_id__isnull=False)
            ),
            models.Index(fields=["entity_kind", "entity_id", "seq"], name="core_event_entity"),
            models.Index(
                fields=["board_id", "type", "created_us", "to_status"],
                name="core_event_flow",
                condition=models.Q(board_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"


class Delivery(models.Model):
    """What one subscriber still owes one event. A finished one leaves no row.

    Deleted by its success, or as a dead letter by the housekeeping after 30 days. Cap: one row an event and subscriber.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DEAD = "dead"

    event = models.ForeignKey(DomainEvent, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    subscriber = models.CharField(max_length=100)
    subject = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_us = models.BigIntegerField(default=0)
    lease_until_us = models.BigIntegerField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "subscriber"], name="core_delivery_once")]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_us"], name="core_delivery_due"),
            models.Index(fields=["subscriber", "subject", "event"], name="core_delivery_order"),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} <- {self.event_id}"
