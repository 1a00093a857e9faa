"""What search reads, and what people keep of their searches and views."""

import uuid
from typing import Any, ClassVar

from django.db import models

from boards.models.board import Board
from boards.models.entity import Entity
from pulse_project.core import clock


class SearchDocument(models.Model):
    """The searchable text of one object: of an entity (`object_id` empty), or of something that hangs on it.

    Deleted by the end of what it describes. Cap: one row an object.
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="+", db_index=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="documents", db_index=False)
    kind = models.CharField(max_length=24, help_text="card, spec, requirement, comment, ...")
    object_id = models.CharField(max_length=80, blank=True, default="")
    scope = models.CharField(max_length=64, help_text="Board and kind as words of the index.")
    title = models.CharField(max_length=500)
    body = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entity", "kind", "object_id"], name="boards_document_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["board", "kind"], name="boards_document_board")]

    def __str__(self) -> str:
        return self.title


class DiscoveryIntent(models.Model):
    """A prepared question with the tool that answers it.

    Deleted by operators. Cap: what operators make beside the built-in ones.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    label = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    category = models.CharField(max_length=60)
    tool_binding = models.CharField(max_length=120)
    params_schema: Any = models.JSONField(null=True, blank=True)
    renderer = models.CharField(max_length=40, default="table")
    min_permission = models.CharField(max_length=80, blank=True, default="")
    active = models.BooleanField(default=True)
    is_seed = models.BooleanField(default=False)
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering: ClassVar = ["category", "name"]

    def __str__(self) -> str:
        return self.label


class SavedSearch(models.Model):
    """A search of a board under a name.

    Deleted by delete_saved_search, or by the end of its board. Cap: 200 a board.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=200)
    query = models.TextField(blank=True, default="")
    intent = models.ForeignKey(DiscoveryIntent, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    filters: Any = models.JSONField(default=dict, blank=True)
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "saved searches"
        constraints: ClassVar = [models.UniqueConstraint(fields=["board", "name"], name="boards_saved_search_name")]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """Filters and columns of a board page under a name, for one person or everybody on the board.

    Deleted by delete_saved_view, or by the end of its board. Cap: 200 a board.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="saved_views", db_index=False)
    name = models.CharField(max_length=200)
    owner_id = models.CharField(max_length=160, blank=True, default="", help_text="Empty = everybody on the board.")
    view: Any = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["board", "owner_id", "name"], name="boards_view_name")]

    def __str__(self) -> str:
        return self.name
