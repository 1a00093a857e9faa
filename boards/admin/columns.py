"""What lists of boards and specs share: references, states as badges, links to the board, actions on any object."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from boards.location import uuid_of
from boards.models import Entity
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin
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


class Archived(admin.SimpleListFilter):
    """Archived objects, or the others."""

    title = "archived"
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "No"), ("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Entity]") -> "QuerySet[Entity]":
        if self.value() in {"no", "yes"}:
            return queryset.filter(archived_at__isnull=self.value() == "no")
        return queryset


def named(record: Entity, **more: Any) -> dict[str, Any]:
    """The arguments that name a record for an operation on any kind of object."""
    return {"board_id": str(record.board_id), "entity_type": record.kind, "entity_id": str(record.pk), **more}


ARCHIVING: Sequence[OperationAction] = (
    OperationAction(
        "archive",
        "Archive",
        "okto_pulse_archive_tree",
        lambda record, _: named(record),
        danger=True,
        applies=lambda record: record.archived_at is None,
        consequence="The object and everything that follows from it are hidden until they are restored.",
    ),
    OperationAction(
        "restore",
        "Restore",
        "okto_pulse_restore_tree",
        lambda record, _: named(record),
        applies=lambda record: record.archived_at is not None,
        consequence="The object and everything that was archived with it come back in their former status.",
    ),
)

COLUMNS: tuple[str, ...] = ("reference", "title", "board", "status_badge", "revision", "changed")
LINKS: tuple[str, ...] = ("reference", "title")
RELATED: tuple[str, ...] = ("board",)
FILTERS: tuple[Any, ...] = ("board", "status", Archived)
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
    operation_actions = ARCHIVING

    status_badge = state("status", "Status", STATES)
    changed = instant("updated_at", "Changed")

    @admin.display(description="Ref", ordering="number")
    def reference(self, record: Entity) -> str:
        return record.ref

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """An id finds its object; every other text is looked for in titles."""
        pk = uuid_of(search_term.strip())
        return (queryset.filter(pk=pk), False) if pk else super().get_search_results(request, queryset, search_term)
