"""Agents, their keys and presets: one identity for the bus, the boards, telemetry and the graph."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from pulse_project.core import clock, flags


class PermissionPreset(models.Model):
    """A named set of permissions that agents copy. Built-in rows come with migrate.

    Deleted by operators. Cap: what operators make.
    """

    class Scope(models.TextChoices):
        BUS = "bus"
        BOARD = "board"

    preset_id = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=8, choices=Scope.choices)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True, default="")
    is_builtin = models.BooleanField(default=False)
    flags: Any = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "name"], name="core_preset_scope_name")]
        ordering: ClassVar = ["-is_builtin", "name"]

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A logical agent, known to the bus by `agent_id`.

    Deleted by operators, and by a reset that takes the agents too. Cap: one row an `agent_id`, made at the rate limit.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agent_id = models.CharField(max_length=128, unique=True)
    name = models.CharField(max_length=128, blank=True, default="")
    role = models.TextField(null=True, blank=True)  # noqa: DJ001 - null and "" differ on the wire
    capabilities: Any = models.JSONField(null=True, blank=True)
    metadata: Any = models.JSONField(null=True, blank=True)
    description = models.TextField(blank=True, default="")
    objective = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False, help_text="Holds every operator flag.")
    bus_preset = models.ForeignKey(
        PermissionPreset, null=True, blank=True, on_delete=models.SET_NULL, related_name="bus_agents"
    )
    board_preset = models.ForeignKey(
        PermissionPreset, null=True, blank=True, on_delete=models.SET_NULL, related_name="board_agents"
    )
    bus_permissions: Any = models.JSONField(default=flags.full_bus_permissions)
    board_permissions: Any = models.JSONField(
        null=True, blank=True, help_text="The granted board flags; empty = those of the preset, or all without one."
    )
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, db_index=True)
    updated_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return self.agent_id


class ApiKey(models.Model):
    """One key of an agent, or a monitor or ingest key without one. Only the hash is kept; revoked keys stay.

    Deleted by the end of its agent. Cap: what operators issue.
    """

    class Scope(models.TextChoices):
        AGENT = "agent"
        MONITOR = "monitor"
        INGEST = "telemetry.ingest"

    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.CASCADE, related_name="keys")
    scope = models.CharField(max_length=32, choices=Scope.choices, default=Scope.AGENT)
    key_hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=16)
    label = models.CharField(max_length=128, blank=True, default="")
    toolsets = models.CharField(max_length=255, blank=True, default="", help_text="Comma-separated; empty = all.")
    is_read_only = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.CharField(max_length=160, blank=True, default="")
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(agent__isnull=False) | ~models.Q(scope="agent"), name="core_agent_key_has_agent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


class LoginLink(models.Model):
    """A one-time login link (hash only).

    Deleted by the next one issued, once it has expired. Cap: what operators issue in its minutes of life.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link for {self.user}"
