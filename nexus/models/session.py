"""Sessions: an agent at work in a workspace."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from nexus.models.workspace import Workspace
from pulse_project.core import clock
from pulse_project.core.models import Agent

OPEN = Q(closed_us__isnull=True)


class Session(models.Model):
    """A live instance of an agent. `stale` and `present` are computed at reads.

    Deleted by retention once closed, and by a reset of the bus. Cap: none; opened at the rate limit, and silent ones
    are closed.
    """

    session_id = models.CharField(max_length=32)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="bus_sessions")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="sessions")
    secret_hash = models.CharField(
        max_length=64, help_text="SHA-256 of the session secret in hex; empty authorises nothing."
    )
    started_us = models.BigIntegerField(default=clock.now_us)
    last_heartbeat_us = models.BigIntegerField(default=clock.now_us)
    closed_us = models.BigIntegerField(null=True, blank=True)
    close_reason = models.CharField(max_length=32, blank=True, default="")
    metadata: Any = models.JSONField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["session_id"], name="nexus_session_id")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "last_heartbeat_us"], name="nexus_session_live", condition=OPEN),
            models.Index(fields=["workspace", "id"], name="nexus_session_workspace"),
            models.Index(fields=["closed_us"], name="nexus_session_closed", condition=~OPEN),
        ]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.session_id

    @property
    def status(self) -> str:
        """The stored status: `active` until closed."""
        return "active" if self.closed_us is None else "closed"
