"""The bus's append-only log and the index of who sees what in it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from nexus.models.workspace import Workspace
from pulse_project.core.models import LogRow


class Stream(models.IntegerChoices):
    """The published streams of the log; OPEN_HANDOFFS is in the audience index only, by handoff number."""

    WORKSPACE = 0, "workspace"
    AGENT = 1, "agent"
    HANDOFF = 2, "handoff"
    OPEN_HANDOFFS = 9, "open handoffs"


class Visibility(models.IntegerChoices):
    """Who may see an event or a handoff."""

    PUBLIC = 0, "public"
    ELIGIBLE = 1, "eligible"
    PRIVATE = 2, "private"


class Event(LogRow):
    """One event; `seq` is its public `event_id`.

    `payload` is JSON text. `audience` is the JSON list of the keys that see it: `"a:bob"`, or
    `["c:ocr", 1700000000000000]` for a key that opens at that time. `principal` is who really called, e.g. `agent:bob`.

    Deleted by retention past its window, which raises the log's floor, and by a reset of the bus. Cap: none within the
    window; made at the rate limit.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False, related_name="events")
    stream = models.SmallIntegerField(choices=Stream.choices)
    visibility = models.SmallIntegerField(choices=Visibility.choices)
    principal = models.CharField(max_length=160, blank=True, default="")
    handoff_id = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - null on the wire
    task_id = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - null on the wire
    audience = models.TextField()
    payload = models.TextField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "stream", "seq"], name="nexus_event_stream"),
            models.Index(fields=["workspace", "stream", "type", "seq"], name="nexus_event_type"),
            models.Index(
                fields=["handoff_id", "seq"], name="nexus_event_handoff", condition=Q(handoff_id__isnull=False)
            ),
            models.Index(fields=["task_id", "seq"], name="nexus_event_task", condition=Q(task_id__isnull=False)),
        ]
        ordering: ClassVar = ["-seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"


class Audience(models.Model):
    """One key that sees one event or open handoff: an index, written with its subject.

    The table has the primary key (workspace, stream, key, seq) and no other; `row_key` is computed by the database, so
    that tools which want one key field have one.

    Deleted by the end of its subject. Cap: one row a key of an event or open handoff.
    """

    row_key = models.CharField(primary_key=True, max_length=200, editable=False)
    workspace_id = models.BigIntegerField()
    stream = models.SmallIntegerField(choices=Stream.choices)
    key = models.CharField(max_length=140)
    seq = models.BigIntegerField()
    from_us = models.BigIntegerField(default=0, help_text="The key opens at this time; 0 = at once.")

    class Meta:
        verbose_name_plural = "audience"
        ordering: ClassVar = ["workspace_id", "stream", "key", "seq"]

    def __str__(self) -> str:
        return self.row_key
