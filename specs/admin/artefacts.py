"""Knowledge, mockups and designs in the admin."""

from django.contrib import admin

from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant
from specs.models import ArchitectureDesign, ArchitectureVersion, DiagramPayload, Knowledge, Mockup


@admin.register(Knowledge)
class KnowledgeAdmin(LogAdmin):
    """Texts that whoever works on an object should know."""

    list_display = ("title", "entity", "source", "author_id", "changed")
    list_select_related = ("entity",)
    list_filter = ("entity__kind",)
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")


@admin.register(Mockup)
class MockupAdmin(LogAdmin):
    """Drawings of screens; their HTML is shown as text here."""

    list_display = ("title", "entity", "screen_type", "created_by", "changed")
    list_select_related = ("entity",)
    list_filter = ("screen_type",)
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")


@admin.register(ArchitectureDesign)
class ArchitectureDesignAdmin(LogAdmin):
    """Architecture designs."""

    list_display = ("title", "entity", "version", "created_by", "changed")
    list_select_related = ("entity",)
    list_filter = ("entity__kind",)
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")


@admin.register(ArchitectureVersion)
class ArchitectureVersionAdmin(LogAdmin):
    """Designs as they were."""

    list_display = ("design", "version", "created_by", "made")
    list_select_related = ("design",)
    ordering = ("-created_at", "pk")
    made = instant("created_at", "Made")


@admin.register(DiagramPayload)
class DiagramPayloadAdmin(LogAdmin):
    """The drawings behind diagrams."""

    list_display = ("diagram_id", "design", "format", "size_bytes", "changed")
    list_select_related = ("design",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")
