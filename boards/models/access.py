"""Who may come to a board: agents by grants, people by shares."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from boards.models.board import Board
from pulse_project.core import clock
from pulse_project.core.models import Agent


class BoardGrant(models.Model):
    """An agent may work on a board. `overrides` names the flags that are taken away there; it never adds any.

    Deleted by a revocation, or by the end of its agent or board. Cap: one row an agent and board.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="board_grants", db_index=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="grants")
    overrides: Any = models.JSONField(default=list, blank=True, help_text="Flags that are off on this board.")
    revision = models.PositiveIntegerField(default=1)
    granted_by = models.CharField(max_length=160, blank=True, default="")
    granted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["agent", "board"], name="boards_grant_once")]

    def __str__(self) -> str:
        return f"{self.agent} on {self.board}"


class BoardShare(models.Model):
    """A person other than the owner may come to a board, at one of three levels.

    Deleted by its end, or by the end of its person or board. Cap: one row a person and board.
    """

    class Permission(models.TextChoices):
        VIEWER = "viewer"
        EDITOR = "editor"
        ADMIN = "admin"

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="board_shares", db_index=False
    )
    permission = models.CharField(max_length=8, choices=Permission.choices, default=Permission.VIEWER)
    revision = models.PositiveIntegerField(default=1)
    shared_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "board"], name="boards_share_once"),
            models.CheckConstraint(
                condition=Q(permission__in=["viewer", "editor", "admin"]), name="boards_share_permission"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.board}: {self.permission}"
