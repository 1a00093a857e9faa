"""Stored events, and the dictionary of the names in them."""

from typing import ClassVar

from django.db import models


class Label(models.Model):
    """A name that events repeat: a type, source, phase, target or stop reason. Rows hold its number.

    `is_counted` is false for names beyond the day's bound: their events are stored as they are, and rollups count them
    under `__other__`. Deleted by nobody: rollups outlive events. Cap: 10,000 counted ones a day.
    """

    text = models.CharField(max_length=256, unique=True)
    is_counted = models.BooleanField(default=True)
    created_day = models.IntegerField(default=0, db_index=True, help_text="Days since 1970.")

    def __str__(self) -> str:
        return self.text


class Stamp(models.IntegerChoices):
    """Bits of `Event.stamp`."""

    PRODUCER = 1
    DATED = 2
    BUCKETLESS = 4


class Event(models.Model):
    """One accepted event, never changed but for `repeats`. `id` is the order of receipt.

    Deleted by retention. Cap: what producers send within the retention of its type.
    """

    event_id = models.BinaryField(max_length=32, unique=True)
    type = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.BigIntegerField()
    event_ts = models.TextField(help_text="The stamp as sent; part of the identity.")
    ts_us = models.BigIntegerField(help_text="The instant of the stamp; the receipt when it names none.")
    received_us = models.BigIntegerField()
    stamp = models.SmallIntegerField(default=0, help_text="1 stamped by the producer, 2 readable, 4 without bucket.")
    repeats = models.IntegerField(default=0, help_text="How often it was sent again.")
    foreign_key = models.BinaryField(max_length=16, null=True, blank=True)
    payload = models.TextField(help_text="Canonical JSON.")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["foreign_key"], name="telemetry_event_foreign", condition=models.Q(foreign_key__isnull=False)
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["type", "id"], name="telemetry_event_type"),
            models.Index(fields=["source", "id"], name="telemetry_event_source"),
            models.Index(fields=["ts_us"], name="telemetry_event_ts"),
        ]

    def __str__(self) -> str:
        return bytes(self.event_id).hex()


class Attribute(models.Model):
    """The value of a declared payload key in one event: what makes `payload.<key>=<value>` an index look-up.

    Deleted by the end of its event or key. Cap: one row an event and declared key.
    """

    key = models.ForeignKey("PayloadKey", on_delete=models.CASCADE, related_name="+", db_index=False)
    value = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", db_index=False)
    event_number = models.BigIntegerField(help_text="Event.id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "value", "event_number"], name="telemetry_attribute_once")
        ]
        indexes: ClassVar = [models.Index(fields=["event_number"], name="telemetry_attribute_event")]

    def __str__(self) -> str:
        return f"{self.key_id}={self.value_id} @{self.event_number}"


class PayloadKey(models.Model):
    """A payload key that operators declared for filtering.

    Deleted by operators. Cap: 20.
    """

    name = models.CharField(max_length=100, unique=True)
    is_complete = models.BooleanField(default=False, help_text="Events stored before the declaration are indexed too.")
    indexed_to = models.BigIntegerField(default=0, help_text="Highest Event.id that the backfill has seen.")

    def __str__(self) -> str:
        return self.name
