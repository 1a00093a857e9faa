"""Deliveries: a message in one agent's inbox."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from nexus.models.message import Message


class Lane(models.IntegerChoices):
    """Where a delivery stands. A leased one whose lease has run out reads as unread without being changed."""

    UNREAD = 0, "unread"
    DELIVERED = 1, "delivered"
    READ = 2, "read"
    PARKED = 3, "parked"


class MessageDelivery(models.Model):
    """One recipient of one message.

    Every row stands in exactly one of the four partial indexes, so no inbox call walks another lane.

    Deleted by retention when read long ago, and by a reset of the bus. Cap: 10,000 unread an inbox.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_index=False, related_name="deliveries")
    recipient = models.CharField(max_length=128)
    lane = models.SmallIntegerField(choices=Lane.choices, default=Lane.UNREAD)
    attempts = models.SmallIntegerField(default=0)
    delivered_us = models.BigIntegerField(null=True, blank=True)
    lease_us = models.BigIntegerField(null=True, blank=True)
    read_us = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "message deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "recipient"], name="nexus_delivery_once"),
            models.CheckConstraint(condition=Q(lane__gte=0) & Q(lane__lte=3), name="nexus_delivery_lane"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "id"], name="nexus_delivery_unread", condition=Q(lane=0)),
            models.Index(fields=["recipient", "lease_us"], name="nexus_delivery_leased", condition=Q(lane=1)),
            models.Index(
                F("recipient"), F("read_us").desc(), F("id").desc(), name="nexus_delivery_read", condition=Q(lane=2)
            ),
            models.Index(fields=["recipient", "id"], name="nexus_delivery_parked", condition=Q(lane=3)),
        ]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.delivery_id

    @property
    def delivery_id(self) -> str:
        """The public id."""
        return f"dlv{self.pk}"
