"""Agents with what the bus knows of them: presence and inbox."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.safestring import SafeString

from nexus.models import LaneCount, Session
from nexus.presence_windows import present_since_us, stale_before_us
from nexus.queries.sessions import presence_word
from pulse_project.core.admin.identity import AgentAdmin
from pulse_project.core.models import Agent
from pulse_project.core.templatetags.shell import badge

PRESENCE = {
    "present": ("present", "success", "circle-dot"),
    "stale": ("stale", "warning", "circle-dashed"),
    "offline": ("offline", "neutral", "circle"),
}


class PresenceFilter(admin.SimpleListFilter):
    """Agents by the age of their newest heartbeat."""

    title = "presence"
    parameter_name = "presence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in PRESENCE]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Agent]") -> "QuerySet[Agent]":
        stale, gone = stale_before_us(), present_since_us()
        wanted = {
            "present": Q(heartbeat__gte=stale),
            "stale": Q(heartbeat__lt=stale, heartbeat__gte=gone),
            "offline": Q(heartbeat__isnull=True) | Q(heartbeat__lt=gone),
        }.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class BusAgentAdmin(AgentAdmin):
    """Agents: who may call, who is here, what waits for them."""

    list_display: Any = (
        "agent_id",
        "role_text",
        "active",
        "presence",
        "unread",
        "key",
        "key_issued",
        "last_seen",
        "bus_preset",
    )
    list_filter: ClassVar[Any] = (PresenceFilter, *AgentAdmin.list_filter)

    def get_queryset(self, request: HttpRequest) -> Any:
        sessions = Session.objects.filter(agent=OuterRef("pk"), closed_us__isnull=True).order_by().values("agent")
        lanes = LaneCount.objects.filter(agent_id=OuterRef("agent_id"))
        return (
            super()
            .get_queryset(request)
            .annotate(
                heartbeat=Subquery(sessions.annotate(newest=Max("last_heartbeat_us")).values("newest")),
                waiting=Subquery(lanes.values("unread")[:1]),
            )
        )

    @admin.display(description="presence", ordering="heartbeat")
    def presence(self, agent: Any) -> SafeString:
        return badge(*PRESENCE[presence_word(agent.heartbeat)])

    @admin.display(description="unread", ordering="waiting")
    def unread(self, agent: Any) -> int:
        return agent.waiting or 0


admin.site.unregister(Agent)
admin.site.register(Agent, BusAgentAdmin)
