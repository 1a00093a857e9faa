"""What the five kinds of objects on a board have in common."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from boards.models.board import Board
from pulse_project.core import clock

STATUSES: dict[str, tuple[str, ...]] = {
    "card": ("not_started", "started", "in_progress", "validation", "on_hold", "done", "cancelled"),
    "ideation": ("draft", "review", "approved", "evaluating", "done", "cancelled"),
    "refinement": ("draft", "review", "approved", "done", "cancelled"),
    "spec": ("draft", "review", "approved", "validated", "in_progress", "done", "cancelled"),
    "sprint": ("draft", "active", "review", "closed", "cancelled"),
}
LETTERS = {"card": "C", "ideation": "I", "refinement": "R", "spec": "S", "sprint": "SP"}


class Entity(models.Model):
    """One object of a board's pipeline: a card, ideation, refinement, spec or sprint. Its id is the published one.

    `revision` counts every write and guards against lost updates; `version` counts what changes the meaning.
    Deleted by the delete operation of its kind, or by the end of its board. Cap: none; it is what people plan.
    """

    class Kind(models.TextChoices):
        CARD = "card"
        IDEATION = "ideation"
        REFINEMENT = "refinement"
        SPEC = "spec"
        SPRINT = "sprint"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="entities", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=500)
    status = models.CharField(max_length=12)
    labels: Any = models.JSONField(default=list, blank=True)
    assignee_id = models.CharField(max_length=160, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True, blank=True)
    pre_archive_status = models.CharField(max_length=12, blank=True, default="")
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "entities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["board", "kind", "number"], name="boards_entity_number"),
            models.CheckConstraint(
                condition=Q(*(Q(kind=kind, status__in=names) for kind, names in STATUSES.items()), _connector=Q.OR),
                name="boards_entity_status",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="boards_entity_title"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["board", "kind", "status"], name="boards_entity_status_idx"),
            models.Index(fields=["board", "kind", "-updated_at"], name="boards_entity_updated_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    @property
    def ref(self) -> str:
        """The reference that people say: `C-12`. Unique on its board, never given twice."""
        return f"{LETTERS[self.kind]}-{self.number}"

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None
