"""Workspaces and sessions in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from nexus.admin.agents import PRESENCE
from nexus.models import Session, Workspace
from nexus.presence_windows import present_since_us, stale_before_us
from nexus.queries.sessions import presence_word
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.display import excerpt, instant
from pulse_project.core.templatetags.shell import badge


@admin.register(Workspace)
class WorkspaceAdmin(RecordAdmin):
    """Project folders that agents coordinate in."""

    list_display = ("name", "root_realpath", "live_sessions", "seen", "short_id")
    search_fields = ("display_name", "root_realpath", "workspace_id")
    seen = instant("last_seen_us", "last seen")

    def get_queryset(self, request: HttpRequest) -> Any:
        return (
            super().get_queryset(request).annotate(live=Count("sessions", filter=Q(sessions__closed_us__isnull=True)))
        )

    @admin.display(description="name")
    def name(self, workspace: Workspace) -> str:
        return excerpt(workspace.display_name) or workspace.root_realpath.rstrip("/").rsplit("/", 1)[-1] or "/"

    @admin.display(description="open sessions", ordering="live")
    def live_sessions(self, workspace: Any) -> int:
        return int(workspace.live)

    @admin.display(description="id")
    def short_id(self, workspace: Workspace) -> str:
        return f"{workspace.workspace_id[:12]}…"


class SessionState(admin.SimpleListFilter):
    """Sessions by status and age of the heartbeat."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("present", "present"), ("stale", "stale"), ("offline", "open but offline"), ("closed", "closed")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Session]") -> "QuerySet[Session]":
        stale, gone = stale_before_us(), present_since_us()
        is_open = Q(closed_us__isnull=True)
        wanted = {
            "present": is_open & Q(last_heartbeat_us__gte=stale),
            "stale": is_open & Q(last_heartbeat_us__lt=stale, last_heartbeat_us__gte=gone),
            "offline": is_open & Q(last_heartbeat_us__lt=gone),
            "closed": ~is_open,
        }.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


@admin.register(Session)
class SessionAdmin(LogAdmin):
    """Agents at work."""

    list_display = ("session_id", "agent", "workspace", "presence", "heartbeat", "started", "closed")
    list_filter = (SessionState, "workspace")
    list_select_related = ("agent", "workspace")
    search_fields = ("session_id", "agent__agent_id")
    ordering = ("-id",)
    hidden_fields = ("secret_hash",)
    heartbeat = instant("last_heartbeat_us", "last heartbeat")
    started = instant("started_us", "started")
    closed = instant("closed_us", "closed")
    operation_actions = (
        OperationAction(
            "close",
            "Close",
            "admin_session_close",
            lambda record, _: {"session_id": record.session_id},
            danger=True,
            applies=lambda record: record.closed_us is None,
            consequence="The agent's session ends; its secret opens nothing any more. The agent may open another one.",
        ),
    )

    @admin.display(description="state", ordering="last_heartbeat_us")
    def presence(self, session: Session) -> SafeString:
        if session.closed_us is not None:
            return badge("closed", "neutral", "circle-x")
        return badge(*PRESENCE[presence_word(session.last_heartbeat_us)])
