"""Search documents, prepared questions and what people keep in the admin."""

from django.contrib import admin

from boards.models import DiscoveryIntent, SavedSearch, SavedView, SearchDocument
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.display import instant


@admin.register(SearchDocument)
class SearchDocumentAdmin(LogAdmin):
    """What search reads."""

    list_display = ("title", "kind", "entity", "board", "written")
    list_select_related = ("entity", "board")
    list_filter = ("kind",)
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    written = instant("updated_at", "Written")


@admin.register(DiscoveryIntent)
class DiscoveryIntentAdmin(RecordAdmin):
    """Prepared questions."""

    list_display = ("label", "category", "tool_binding", "active", "is_seed")
    list_filter = ("category", "active")
    search_fields = ("name", "label")


@admin.register(SavedSearch)
class SavedSearchAdmin(RecordAdmin):
    """Searches under a name."""

    list_display = ("name", "board", "query", "created_by", "changed")
    list_select_related = ("board",)
    list_filter = ("board",)
    search_fields = ("name", "query")
    changed = instant("updated_at", "Changed")


@admin.register(SavedView)
class SavedViewAdmin(RecordAdmin):
    """Views of boards under a name."""

    list_display = ("name", "board", "owner_id", "changed")
    list_select_related = ("board",)
    list_filter = ("board",)
    search_fields = ("name",)
    changed = instant("updated_at", "Changed")
