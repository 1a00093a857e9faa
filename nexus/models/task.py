"""Tasks of the bus: rows that a handoff may name. No operation makes them yet."""

from typing import ClassVar

from django.db import models

from nexus.models.workspace import Workspace
from pulse_project.core import clock


class Task(models.Model):
    """One task of a workspace.

    Deleted by a reset of the bus. Cap: no operation makes one yet.
    """

    task_id = models.CharField(max_length=32)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="tasks")
    title = models.TextField()
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=16, default="OPEN")
    created_by = models.CharField(max_length=128, blank=True, default="")
    created_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["task_id"], name="nexus_task_id")]
        indexes: ClassVar = [models.Index(fields=["workspace", "status", "id"], name="nexus_task_status")]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.title
