"""What lists of boards and specs share: references, states as badges, search by id, the export of any object."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from boards.admin.exports import EXPORT
from boards.location import uuid_of
from boards.models import Entity
from boards.models.entity import STATUSES
from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.choosing import Action
from pulse_project.core.admin.display import instant, state

STATES: Mapping[str, tuple[str, str, str]] = {
    "not_started": ("not started", "neutral", "circle-dashed"),
    "draft": ("draft", "neutral", "circle-dashed"),
    "started": ("started", "info", "circle"),
    "review": ("review", "info", "circle"),
    "active": ("active", "info", "circle"),
    "approved": ("approved", "info", "circle-check"),
    "validated": ("validated", "info", "circle-check"),
    "evaluating": ("evaluating", "warning", "circle"),
    "in_progress": ("in progress", "warning", "circle"),
    "validation": ("validation", "warning", "circle"),
    "on_hold": ("on hold", "danger", "hand"),
    "done": ("done", "success", "circle-check"),
    "closed": ("closed", "success", "circle-check"),
    "cancelled": ("cancelled", "neutral", "ban"),
}


class Status(admin.SimpleListFilter):
    """Objects in one status of their kind; the statuses are known, so that nothing is read for the list."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, STATES[name][0]) for name in STATUSES[model_admin.opts.model_name]]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        return queryset.filter(status=self.value()) if self.value() else queryset


class Archived(admin.SimpleListFilter):
    """Archived objects, or the others."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() in {"no", "yes"}:
            return queryset.filter(archived_at__isnull=self.value() == "no")
        return queryset


COLUMNS: tuple[str, ...] = ("reference", "named", "status_badge", "revision", "changed")
LINKS: tuple[str, ...] = ("reference", "named")
RELATED: tuple[str, ...] = ("board",)
FILTERS: tuple[Any, ...] = ("board", Status, Archived)
SEARCHED: tuple[str, ...] = ("title",)
ORDER: tuple[str, ...] = ("-updated_at", "pk")


class EntityAdmin(LogAdmin):
    """Objects of one kind, last changed first. Statuses are changed by moves, never by a form."""

    list_display = COLUMNS
    list_display_links = LINKS
    list_select_related = RELATED
    list_filter = FILTERS
    search_fields = SEARCHED
    ordering = ORDER
    operation_actions: Sequence[Action] = (EXPORT,)

    status_badge = state("status", "Status", STATES)
    changed = instant("updated_at", "Changed")

    @admin.display(description="Ref", ordering="number")
    def reference(self, record: Entity) -> str:
        return record.ref

    @admin.display(description="Title", ordering="title")
    def named(self, record: Entity) -> SafeString:
        """The title with the board below it: one column, so that lists fit beside their filters."""
        return format_html('{}<br><span class="mini quiet">{}</span>', record.title, record.board.name)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """An id finds its object; every other text is looked for in titles."""
        pk = uuid_of(search_term.strip())
        return (queryset.filter(pk=pk), False) if pk else super().get_search_results(request, queryset, search_term)
