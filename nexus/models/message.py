"""Messages: what was said, by whom, to which target."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from nexus.models.channel import Channel
from nexus.models.workspace import Workspace
from pulse_project.core import clock


class Message(models.Model):
    """One message, stored once however many receive it.

    `from_agent_id` is what the sender claims, `actor_key_agent` the agent of the key that sent it ("" without one).
    `target` and `artifacts` are JSON text as given; a target that only names one agent is stored as `@agent`.

    Deleted by a reset of the bus. Cap: none; made at the rate limit, and no inbox takes more than its cap.
    """

    class Kind(models.IntegerChoices):
        MESSAGE = 0
        RECEIPT = 1
        NOTICE = 2

    message_id = models.CharField(max_length=32)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="messages")
    kind = models.SmallIntegerField(choices=Kind.choices, default=Kind.MESSAGE)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.CASCADE, db_index=False, related_name="messages"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="replies"
    )
    from_agent_id = models.CharField(max_length=128)
    actor_key_agent = models.CharField(max_length=128, blank=True, default="")
    via = models.CharField(max_length=8, blank=True, default="")
    from_session_id = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - null on the wire
    target = models.TextField(null=True, blank=True)  # noqa: DJ001 - null means broadcast
    subject = models.TextField()
    body = models.TextField()
    artifacts = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    recipient_count = models.IntegerField(default=0)
    created_us = models.BigIntegerField(default=clock.now_us)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message_id"], name="nexus_message_id")]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "id"], name="nexus_message_workspace"),
            models.Index(fields=["from_agent_id", "id"], name="nexus_message_sender"),
            models.Index(fields=["from_agent_id"], name="nexus_message_unreached", condition=Q(recipient_count=0)),
            models.Index(fields=["channel", "id"], name="nexus_message_channel", condition=Q(channel__isnull=False)),
            models.Index(fields=["parent"], name="nexus_message_parent", condition=Q(parent__isnull=False)),
        ]
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.message_id
