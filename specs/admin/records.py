"""What belongs to sprints and plans and has no actions of its own: scopes and snapshots."""

from django.contrib import admin

from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant
from specs.models import Snapshot, SprintScope


@admin.register(SprintScope)
class SprintScopeAdmin(LogAdmin):
    """What sprints shall settle."""

    list_display = ("sprint", "item")
    list_select_related = ("sprint", "item")
    ordering = ("sprint", "pk")


@admin.register(Snapshot)
class SnapshotAdmin(LogAdmin):
    """Ideations and refinements as they were when they were done."""

    list_display = ("entity", "version", "created_by", "taken")
    list_select_related = ("entity",)
    ordering = ("-created_at", "pk")
    taken = instant("created_at", "Taken")
