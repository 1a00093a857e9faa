"""Guidelines: rules in words that agents read before they work on a board."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from boards.models.board import Board
from pulse_project.core import clock


class Guideline(models.Model):
    """A rule in words. A global one belongs to its owner and is linked to boards, an inline one lives on one board.

    Deleted by delete_guideline, or an inline one by the end of its board. Cap: none; it is what people write.
    """

    class Scope(models.TextChoices):
        GLOBAL = "global"
        INLINE = "inline"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=500)
    content = models.TextField()
    tags: Any = models.JSONField(default=list, blank=True)
    scope = models.CharField(max_length=6, choices=Scope.choices, default=Scope.GLOBAL)
    board = models.ForeignKey(Board, null=True, blank=True, on_delete=models.CASCADE, related_name="inline_guidelines")
    owner_id = models.CharField(max_length=160, db_index=True)
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(scope="global", board__isnull=True) | Q(scope="inline", board__isnull=False),
                name="boards_guideline_scope",
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(content=""), name="boards_guideline_text"),
        ]

    def __str__(self) -> str:
        return self.title


class BoardGuideline(models.Model):
    """A global guideline holds on a board; the lowest priority is read first.

    Deleted by its end, or by the end of guideline or board. Cap: one row a guideline and board.
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="guideline_links", db_index=False)
    guideline = models.ForeignKey(Guideline, on_delete=models.CASCADE, related_name="links")
    priority = models.IntegerField(default=0)
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["board", "guideline"], name="boards_guideline_once")]

    def __str__(self) -> str:
        return f"{self.guideline} on {self.board}"
