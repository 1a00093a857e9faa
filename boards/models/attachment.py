"""Files of cards."""

import uuid
from typing import ClassVar

from django.db import models

from boards.models.entity import Entity
from pulse_project.core import clock


class Attachment(models.Model):
    """A file of a card. The bytes lie under `attachments/` of the home, by a random name.

    Deleted by delete_attachment, or by the end of its card; the file goes after the commit. Cap: 100 a card.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    filename = models.CharField(max_length=255, help_text="As the sender called it, made safe.")
    stored_name = models.CharField(max_length=64, unique=True)
    mime_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["entity", "created_at"], name="boards_attachment_order")]

    def __str__(self) -> str:
        return self.filename
