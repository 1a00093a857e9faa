"""The admin's own log of what people did."""

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry

from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant, state

DEEDS = {
    ADDITION: ("added", "success", "circle-check"),
    CHANGE: ("changed", "info", "wrench"),
    DELETION: ("deleted", "danger", "trash-2"),
}


@admin.register(LogEntry)
class LogEntryAdmin(LogAdmin):
    """Who did what in the admin."""

    list_display = ("at", "user", "deed", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "user__username")
    at = instant("action_time", "time")
    deed = state("action_flag", "action", DEEDS)
