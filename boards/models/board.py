"""The board, its addresses and the counters of its references."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from pulse_project.core import clock


class Board(models.Model):
    """A place of work with its own rules: everything of the pipeline belongs to exactly one.

    `settings` holds what differs from the defaults. Deleted by delete_board. Cap: what people make.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="boards"
    )
    settings: Any = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class BoardSlug(models.Model):
    """An address that a board had before: it leads to the board of today.

    Deleted by the end of its board, or when another board takes the address. Cap: one row a change of address.
    """

    slug = models.CharField(max_length=80, primary_key=True)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return self.slug


class RefCounter(models.Model):
    """The last number given to an object of one kind on one board, so that references are never used twice.

    Deleted by the end of its board. Cap: five rows a board.
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="counters", db_index=False)
    kind = models.CharField(max_length=12)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["board", "kind"], name="boards_counter_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.last}"
