"""The bus's event log in the admin."""

from django.contrib import admin

from nexus.models import Audience, Event, Visibility
from pulse_project.core.admin.base import LogAdmin, since
from pulse_project.core.admin.display import excerpt, instant, state

VISIBILITIES = {
    Visibility.PUBLIC: ("public", "neutral", "users"),
    Visibility.ELIGIBLE: ("eligible", "info", "list-filter"),
    Visibility.PRIVATE: ("private", "warning", "lock"),
}


@admin.register(Event)
class EventAdmin(LogAdmin):
    """What happened on the bus."""

    list_display = ("seq", "at", "type", "actor", "stream", "who_sees", "workspace", "summary")
    list_filter = (since("created_us", "time"), "stream", "visibility", "type", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("type", "actor", "handoff_id", "payload")
    ordering = ("-seq",)
    is_exportable = True
    at = instant("created_us", "time")
    who_sees = state("visibility", "visibility", VISIBILITIES)

    @admin.display(description="payload")
    def summary(self, event: Event) -> str:
        return excerpt(event.payload, 90)


@admin.register(Audience)
class AudienceAdmin(LogAdmin):
    """Which key sees which event or open handoff."""

    list_display = ("workspace_id", "stream", "key", "seq", "from_us")
    list_filter = ("stream",)
    search_fields = ("key",)
    ordering = ("-seq",)
