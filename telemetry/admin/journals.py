"""What became of records, and the journal of drains, in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.display import instant
from pulse_project.core.templatetags.shell import badge
from telemetry.admin.lists import LongAdmin, hour_text, hours_since
from telemetry.journal import ACCEPTED, DUPLICATE
from telemetry.models import DrainPosition, DrainRun, Outcome

KINDS = {
    ACCEPTED: ("accepted", "success", "circle-check"),
    DUPLICATE: ("duplicate", "neutral", "copy"),
}
REFUSED = "refused"


class Became(admin.SimpleListFilter):
    """Stored, stored before, or refused for whatever reason."""

    title = "outcome"
    parameter_name = "became"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in (ACCEPTED, DUPLICATE, REFUSED)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Outcome]") -> "QuerySet[Outcome]":
        if self.value() == REFUSED:
            return queryset.exclude(outcome__in=KINDS)
        return queryset.filter(outcome=self.value()) if self.value() in KINDS else queryset


@admin.register(Outcome)
class OutcomeAdmin(LongAdmin):
    """What became of records, by the hour of their receipt."""

    list_display = ("hour", "source", "became", "n")
    list_filter = (hours_since("utc", "received"), Became)
    search_fields = ("source", "outcome")
    ordering = ("-utc", "source", "outcome")

    @admin.display(description="hour (UTC)")
    def hour(self, row: Outcome) -> str:
        return hour_text(row.utc)

    @admin.display(description="outcome")
    def became(self, row: Outcome) -> SafeString:
        return badge(*KINDS.get(row.outcome, (row.outcome, "danger", "circle-x")))


@admin.register(DrainRun)
class DrainRunAdmin(LogAdmin):
    """Files of events that were taken in."""

    list_display = ("path", "source", "accepted", "deduplicated", "skipped", "bytes_read", "started", "ended")
    list_filter = ("started_at", "was_truncated")
    search_fields = ("path", "source")
    ordering = ("-id",)
    started, ended = instant("started_at", "started"), instant("ended_at", "ended")


@admin.register(DrainPosition)
class DrainPositionAdmin(RecordAdmin):
    """How far each file has been taken in."""

    list_display = ("path", "offset", "line", "updated")
    search_fields = ("path",)
    ordering = ("-id",)
    updated = instant("updated_at", "updated")
