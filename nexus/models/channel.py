"""Channels: labels on messages, no access boundary."""

from typing import ClassVar

from django.db import models

from nexus.models.workspace import Workspace
from pulse_project.core import clock


class Channel(models.Model):
    """One label of a workspace.

    Deleted by a reset of the bus. Cap: one row a name and workspace.
    """

    channel_id = models.CharField(max_length=32)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="channels")
    name = models.CharField(max_length=64)
    created_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel_id"], name="nexus_channel_id"),
            models.UniqueConstraint(fields=["workspace", "name"], name="nexus_channel_name"),
        ]
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.name
