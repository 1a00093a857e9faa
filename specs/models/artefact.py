"""What is attached to an object: knowledge and mockups."""

from typing import Any, ClassVar

from django.db import models

from boards.models import Entity
from pulse_project.core import clock


class Knowledge(models.Model):
    """A text that whoever works on the object should know.

    `public_id` is a UUID; on cards `kb_` + 10 hex, or `cardkb_` + the id of the item of the spec that was copied.
    Deleted by its delete operation, or by the end of its object. Cap: 200 an object.
    """

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="knowledge", db_index=False)
    public_id = models.CharField(max_length=80)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True, default="")
    content = models.TextField()
    mime_type = models.CharField(max_length=100, default="text/markdown")
    source = models.CharField(max_length=160, default="manual")
    author_id = models.CharField(max_length=160)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "knowledge"
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity", "public_id"], name="specs_knowledge_id")]
        indexes: ClassVar = [models.Index(fields=["public_id"], name="specs_knowledge_public_id")]

    def __str__(self) -> str:
        return self.title


class Mockup(models.Model):
    """A drawing of a screen in sanitised HTML. `annotations` is [{id, text, author_id}].

    Deleted by delete_screen_mockup, or by the end of its object. Cap: 100 an object.
    """

    class ScreenType(models.TextChoices):
        PAGE = "page"
        MODAL = "modal"
        DRAWER = "drawer"
        POPOVER = "popover"
        PANEL = "panel"

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="mockups", db_index=False)
    public_id = models.CharField(max_length=16)
    title = models.CharField(max_length=500)
    description = models.TextField(blank=True, default="")
    screen_type = models.CharField(max_length=7, choices=ScreenType.choices, default=ScreenType.PAGE)
    html_content = models.TextField(blank=True, default="")
    annotations: Any = models.JSONField(default=list, blank=True)
    position = models.PositiveIntegerField(default=0)
    origin_id = models.CharField(max_length=16, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity", "public_id"], name="specs_mockup_id")]

    def __str__(self) -> str:
        return self.title
