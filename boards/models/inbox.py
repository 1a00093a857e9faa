"""Who was named in a text, and who has seen it."""

from typing import ClassVar

from django.db import models

from boards.models.entity import Entity
from pulse_project.core import clock
from pulse_project.core.models import Agent


class Mention(models.Model):
    """A text that names an agent. `item_type` is comment, qa, spec_qa, ideation_qa, refinement_qa or sprint_qa.

    Deleted by the end of its text, object or agent, or when the text names it no more. Cap: one a text and agent.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="mentions")
    item_type = models.CharField(max_length=16)
    item_id = models.UUIDField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item_id", "agent"], name="boards_mention_once")]
        indexes: ClassVar = [models.Index(fields=["agent", "-created_at"], name="boards_mention_inbox")]

    def __str__(self) -> str:
        return f"{self.agent_id} in {self.item_type} {self.item_id}"


class SeenItem(models.Model):
    """An agent has read a text that names it.

    Deleted by the end of its agent. Cap: one row an agent and text.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="seen_items", db_index=False)
    item_type = models.CharField(max_length=16, default="mention")
    item_id = models.UUIDField(db_index=True)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agent", "item_type", "item_id"], name="boards_seen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} saw {self.item_id}"
