"""Artifacts: content or a path that agents share by id."""

from typing import ClassVar

from django.db import models

from nexus.models.workspace import Workspace
from pulse_project.core import clock


class Artifact(models.Model):
    """One immutable artifact. `metadata` is JSON text.

    Deleted by a reset of the bus. Cap: none; made at the rate limit, each within `max_inline_bytes`.
    """

    class Type(models.TextChoices):
        FILE = "file"
        TEXT = "text"
        JSON = "json"
        MARKDOWN = "markdown"

    class Stored(models.TextChoices):
        INLINE = "inline"
        PATH = "path"

    artifact_id = models.CharField(max_length=32)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="artifacts")
    artifact_type = models.CharField(max_length=8, choices=Type.choices)
    stored = models.CharField(max_length=6, choices=Stored.choices)
    name = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    path = models.TextField(null=True, blank=True)  # noqa: DJ001
    content = models.TextField(null=True, blank=True)  # noqa: DJ001
    size_bytes = models.BigIntegerField()
    metadata = models.TextField(null=True, blank=True)  # noqa: DJ001
    actor_key_agent = models.CharField(max_length=128, blank=True, default="")
    created_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["artifact_id"], name="nexus_artifact_id")]
        indexes: ClassVar = [models.Index(fields=["workspace", "artifact_type", "id"], name="nexus_artifact_type")]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.name or self.artifact_id
