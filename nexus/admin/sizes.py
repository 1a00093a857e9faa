"""The bus's counters in the admin, for whoever suspects one of being wrong."""

from django.contrib import admin

from nexus.models import LaneCount, MessageEdge, MessagePair, WorkspaceCount
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.display import instant


@admin.register(LaneCount)
class LaneCountAdmin(RecordAdmin):
    """Lane sizes per inbox."""

    list_display = ("agent_id", "unread", "delivered", "read", "parked")
    search_fields = ("agent_id",)


@admin.register(WorkspaceCount)
class WorkspaceCountAdmin(RecordAdmin):
    """Pool sizes per workspace."""

    list_display = ("workspace", "open_handoffs", "claimed_handoffs", "open_tasks")
    list_select_related = ("workspace",)
    search_fields = ("workspace__display_name", "workspace__root_realpath")


@admin.register(MessageEdge)
class MessageEdgeAdmin(LogAdmin):
    """Messages between two agents per hour."""

    list_display = ("from_agent_id", "to_agent_id", "message_count", "last", "workspace")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("from_agent_id", "to_agent_id")
    ordering = ("-id",)
    last = instant("last_us", "last")


@admin.register(MessagePair)
class MessagePairAdmin(LogAdmin):
    """Everything between two agents, and what of it is under way."""

    list_display = ("from_agent_id", "to_agent_id", "message_count", "unread", "delivered", "last", "workspace")
    list_filter = ("workspace",)
    list_select_related = ("workspace",)
    search_fields = ("from_agent_id", "to_agent_id")
    ordering = ("-last_us",)
    last = instant("last_us", "last")
