"""Architecture designs, what they were at each version, and the drawings behind their diagrams."""

import uuid
from typing import Any, ClassVar

from django.db import models

from boards.models import Entity
from pulse_project.core import clock


class ArchitectureDesign(models.Model):
    """Entities, interfaces and diagrams of a design. The drawings are stored apart and named by reference.

    Deleted by delete_architecture_design, or by the end of its object. Cap: 50 an object.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="designs")
    title = models.CharField(max_length=500)
    global_description = models.TextField()
    entities: Any = models.JSONField(default=list, blank=True)
    interfaces: Any = models.JSONField(default=list, blank=True)
    diagrams: Any = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    source_ref = models.CharField(max_length=160, blank=True, default="")
    source_version = models.PositiveIntegerField(null=True, blank=True)
    source_design = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.title


class ArchitectureVersion(models.Model):
    """A design as it was at one version. Never changed.

    Deleted by the end of its design. Cap: one row a version.
    """

    design = models.ForeignKey(ArchitectureDesign, on_delete=models.CASCADE, related_name="versions", db_index=False)
    version = models.PositiveIntegerField()
    envelope_snapshot: Any = models.JSONField()
    diagram_refs_snapshot: Any = models.JSONField(default=list)
    change_summary = models.TextField(blank=True, default="")
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["design", "version"], name="specs_design_version")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.design_id}"


class DiagramPayload(models.Model):
    """The drawing of one diagram, with the SHA-256 of its canonical JSON.

    Deleted by the end of its diagram or design. Cap: one row a diagram.
    """

    design = models.ForeignKey(ArchitectureDesign, on_delete=models.CASCADE, related_name="payloads", db_index=False)
    diagram_id = models.CharField(max_length=80)
    format = models.CharField(max_length=50)
    payload: Any = models.JSONField()
    content_hash = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["design", "diagram_id"], name="specs_payload_once")]

    def __str__(self) -> str:
        return f"{self.diagram_id} of {self.design_id}"
