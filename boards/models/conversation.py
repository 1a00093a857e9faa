"""Questions with answers, comments and polls."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from boards.models.entity import Entity
from pulse_project.core import clock

TYPES = ["text", "choice", "multi_choice"]


class Question(models.Model):
    """A question about an object and its one answer. `choices` is [{id, label}], `selected` the chosen ids.

    Deleted by the asker or who may answer, or by the end of its object. Cap: none; it is what people ask.
    """

    class Type(models.TextChoices):
        TEXT = "text"
        CHOICE = "choice"
        MULTI_CHOICE = "multi_choice"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="questions", db_index=False)
    question = models.TextField()
    question_type = models.CharField(max_length=12, choices=Type.choices, default=Type.TEXT)
    choices: Any = models.JSONField(default=list, blank=True)
    allow_free_text = models.BooleanField(default=False)
    answer = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire until answered
    selected: Any = models.JSONField(null=True, blank=True)
    asked_by = models.CharField(max_length=160)
    answered_by = models.CharField(max_length=160, blank=True, default="")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(question_type__in=TYPES), name="boards_question_type"),
            models.CheckConstraint(condition=~Q(question=""), name="boards_question_text"),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "created_at"], name="boards_question_order")]

    def __str__(self) -> str:
        return self.question[:80]

    @property
    def is_answered(self) -> bool:
        return bool(self.answer) or bool(self.selected)


class Comment(models.Model):
    """A comment on a card, or a poll with options.

    Deleted by its author, or by the end of its card. Cap: none; it is what people write.
    """

    class Type(models.TextChoices):
        TEXT = "text"
        CHOICE = "choice"
        MULTI_CHOICE = "multi_choice"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="comments", db_index=False)
    content = models.TextField()
    author_id = models.CharField(max_length=160)
    comment_type = models.CharField(max_length=12, choices=Type.choices, default=Type.TEXT)
    choices: Any = models.JSONField(default=list, blank=True)
    allow_free_text = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(comment_type__in=TYPES), name="boards_comment_type"),
            models.CheckConstraint(condition=~Q(content=""), name="boards_comment_text"),
        ]
        indexes: ClassVar = [models.Index(fields=["entity", "created_at"], name="boards_comment_order")]

    def __str__(self) -> str:
        return self.content[:80]


class CommentResponse(models.Model):
    """One voter's present vote in a poll.

    Deleted by the end of its poll. Cap: one row a voter and poll.
    """

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="responses", db_index=False)
    responder_id = models.CharField(max_length=160)
    responder_name = models.CharField(max_length=160, blank=True, default="")
    selected: Any = models.JSONField(default=list)
    free_text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comment", "responder_id"], name="boards_response_once"),
        ]

    def __str__(self) -> str:
        return f"{self.responder_id}: {self.selected}"
