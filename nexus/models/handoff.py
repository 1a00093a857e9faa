"""Handoffs: work that exactly one agent takes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from nexus.models.event import Visibility
from nexus.models.task import Task
from nexus.models.workspace import Workspace
from pulse_project.core import clock

LIVE = Q(status__in=["OPEN", "CLAIMED"])


class Handoff(models.Model):
    """One unit of work. `id` is its sequence number and the cursor of lists.

    `target` is JSON text; `payload` and `result` are the string given, or JSON text of anything else.
    `claim_epoch` counts the claims, so that a claimant whose lease was given away can be told apart.

    Deleted by a reset of the bus. Cap: 1,000 open ones a creator.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CLAIMED = "CLAIMED"
        COMPLETED = "COMPLETED"
        REJECTED = "REJECTED"
        CANCELLED = "CANCELLED"

    handoff_id = models.CharField(max_length=32)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="handoffs")
    task = models.ForeignKey(
        Task, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="handoffs"
    )
    from_agent_id = models.CharField(max_length=128)
    actor_key_agent = models.CharField(max_length=128, blank=True, default="")
    from_session_id = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - null on the wire
    target = models.TextField()
    visibility = models.SmallIntegerField(choices=Visibility.choices)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    claimed_by = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001 - null on the wire
    claim_epoch = models.IntegerField(default=0)
    claimed_us = models.BigIntegerField(null=True, blank=True)
    lease_us = models.BigIntegerField(null=True, blank=True)
    fallback_us = models.BigIntegerField(null=True, blank=True, help_text="When the fallback of the target opens.")
    payload = models.TextField(null=True, blank=True)  # noqa: DJ001 - null and "" differ on the wire
    result = models.TextField(null=True, blank=True)  # noqa: DJ001
    rejected_reason = models.TextField(null=True, blank=True)  # noqa: DJ001
    created_us = models.BigIntegerField(default=clock.now_us)
    updated_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff_id"], name="nexus_handoff_id"),
            models.CheckConstraint(
                condition=~Q(status="CLAIMED") | (Q(claimed_by__isnull=False) & Q(lease_us__isnull=False)),
                name="nexus_handoff_claim_has_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "status", "id"], name="nexus_handoff_status"),
            models.Index(fields=["workspace", "lease_us"], name="nexus_handoff_lease", condition=Q(status="CLAIMED")),
            models.Index(fields=["claimed_by"], name="nexus_handoff_claimant", condition=Q(status="CLAIMED")),
            models.Index(fields=["from_agent_id"], name="nexus_handoff_creator", condition=Q(status="OPEN")),
            models.Index(
                fields=["workspace", "fallback_us"],
                name="nexus_handoff_fallback",
                condition=Q(status="OPEN", fallback_us__isnull=False),
            ),
            models.Index(fields=["id"], name="nexus_handoff_live", condition=LIVE),
            models.Index(fields=["task"], name="nexus_handoff_task", condition=Q(task__isnull=False)),
        ]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.handoff_id
