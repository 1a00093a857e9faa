"""What people and agents say, attach and lay down in the admin."""

from typing import Any

from django.contrib import admin

from boards.models import (
    Attachment,
    BoardGuideline,
    Comment,
    CommentResponse,
    Guideline,
    Mention,
    Question,
    SeenItem,
)
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.display import excerpt, instant


class Answered(admin.SimpleListFilter):
    """Questions with an answer, or open ones."""

    title = "answered"
    parameter_name = "answered"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Open"), ("yes", "Answered")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        if self.value() in {"no", "yes"}:
            return queryset.filter(answered_at__isnull=self.value() == "no")
        return queryset


@admin.register(Question)
class QuestionAdmin(LogAdmin):
    """Questions about objects."""

    list_display = ("text", "entity", "question_type", "asked_by", "answered_by", "asked")
    list_select_related = ("entity",)
    list_filter = (Answered, "question_type", "entity__kind")
    search_fields = ("question", "answer")
    ordering = ("-created_at", "pk")
    asked = instant("created_at", "Asked")

    @admin.display(description="Question")
    def text(self, record: Question) -> str:
        return excerpt(record.question)


@admin.register(Comment)
class CommentAdmin(LogAdmin):
    """Comments and polls on cards."""

    list_display = ("text", "entity", "comment_type", "author_id", "written")
    list_select_related = ("entity",)
    list_filter = ("comment_type",)
    search_fields = ("content",)
    ordering = ("-created_at", "pk")
    written = instant("created_at", "Written")

    @admin.display(description="Comment")
    def text(self, record: Comment) -> str:
        return excerpt(record.content)


@admin.register(CommentResponse)
class CommentResponseAdmin(LogAdmin):
    """Votes in polls."""

    list_display = ("comment", "responder_id", "selected", "voted")
    list_select_related = ("comment",)
    search_fields = ("responder_id",)
    ordering = ("-created_at", "pk")
    voted = instant("created_at", "Voted")


@admin.register(Attachment)
class AttachmentAdmin(LogAdmin):
    """Files of cards."""

    list_display = ("filename", "entity", "mime_type", "size", "uploaded_by", "uploaded")
    list_select_related = ("entity",)
    search_fields = ("filename",)
    ordering = ("-created_at", "pk")
    uploaded = instant("created_at", "Uploaded")


@admin.register(Guideline)
class GuidelineAdmin(RecordAdmin):
    """Rules in words."""

    list_display = ("title", "scope", "board", "owner_id", "version", "changed")
    list_select_related = ("board",)
    list_filter = ("scope",)
    search_fields = ("title", "content")
    ordering = ("-updated_at",)
    changed = instant("updated_at", "Changed")


@admin.register(BoardGuideline)
class BoardGuidelineAdmin(RecordAdmin):
    """Which guidelines hold on which boards."""

    list_display = ("guideline", "board", "priority")
    list_select_related = ("guideline", "board")
    list_filter = ("board",)
    ordering = ("board", "priority")


@admin.register(Mention)
class MentionAdmin(LogAdmin):
    """Texts that name agents."""

    list_display = ("agent", "entity", "item_type", "named")
    list_select_related = ("agent", "entity")
    list_filter = ("item_type",)
    search_fields = ("agent__agent_id",)
    ordering = ("-created_at", "pk")
    named = instant("created_at", "Named")


@admin.register(SeenItem)
class SeenItemAdmin(LogAdmin):
    """What agents have read."""

    list_display = ("agent", "item_type", "item_id", "seen")
    list_select_related = ("agent",)
    search_fields = ("agent__agent_id",)
    ordering = ("-seen_at", "pk")
    seen = instant("seen_at", "Seen")
