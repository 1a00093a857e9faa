"""Workspaces: the scope of everything that agents coordinate."""

from typing import ClassVar

from django.db import models

from pulse_project.core import clock


class Workspace(models.Model):
    """One project folder, known by the SHA-256 of its real path.

    Deleted by a reset of the bus. Cap: one row a folder.
    """

    workspace_id = models.CharField(max_length=64)
    display_name = models.TextField(null=True, blank=True)  # noqa: DJ001 - null and "" differ on the wire
    root_realpath = models.TextField()
    created_us = models.BigIntegerField(default=clock.now_us)
    last_seen_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace_id"], name="nexus_workspace_id")]
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.display_name or self.root_realpath
