"""Counters kept in the transaction of what they count, so that no call has to count rows."""

from typing import ClassVar

from django.db import models

from nexus.models.workspace import Workspace


class LaneCount(models.Model):
    """Stored lane sizes of one inbox.

    Deleted by a reset of the bus. Cap: one row an agent.
    """

    agent_id = models.CharField(max_length=128, primary_key=True)
    unread = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    parked = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.agent_id


class MessageEdge(models.Model):
    """Messages from one agent to another in one hour (hours since 1970).

    Deleted by retention, with the events of that hour. Cap: one row a pair, workspace and hour.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="+")
    hour = models.IntegerField()
    from_agent_id = models.CharField(max_length=128)
    to_agent_id = models.CharField(max_length=128)
    message_count = models.BigIntegerField(default=0)
    last_us = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hour", "workspace", "from_agent_id", "to_agent_id"], name="nexus_edge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_agent_id} -> {self.to_agent_id}"


class MessagePair(models.Model):
    """Everything one agent ever sent another in a workspace, and what is still under way.

    Deleted by a reset of the bus. Cap: one row a pair and workspace.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="+")
    from_agent_id = models.CharField(max_length=128)
    to_agent_id = models.CharField(max_length=128)
    message_count = models.BigIntegerField(default=0)
    unread = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    last_us = models.BigIntegerField()
    done_us = models.BigIntegerField(null=True, blank=True, help_text="When the last of them was read.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["from_agent_id", "to_agent_id", "workspace"], name="nexus_pair_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["to_agent_id"], name="nexus_pair_to"),
            models.Index(fields=["workspace", "last_us"], name="nexus_pair_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.from_agent_id} -> {self.to_agent_id}"


class WorkspaceCount(models.Model):
    """Sizes of one workspace's pools.

    Deleted by the end of its workspace. Cap: one row a workspace.
    """

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, primary_key=True, related_name="counts")
    open_handoffs = models.BigIntegerField(default=0)
    claimed_handoffs = models.BigIntegerField(default=0)
    open_tasks = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"counts of {self.workspace_id}"
