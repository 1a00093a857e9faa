"""The base of every model's admin: records are read here and changed by operations only."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from pulse_project.core import clock
from pulse_project.core.admin.choosing import Action, added, allowed
from pulse_project.core.admin.display import shown

MOST_EXPORTED = 10_000
HOUR_US = 3_600_000_000

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for the type checker only


class RecordAdmin(ModelAdmin):
    """Lists and shows records. `operation_actions` is what can be done; no form saves a row past an operation."""

    list_per_page = 50
    operation_actions: Sequence[Action] = ()
    hidden_fields: Sequence[str] = ()
    change_form_template = "admin/record.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def __init__(self, model: type[models.Model], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self.shown_fields = [shown(field) for field in model._meta.fields if field.name not in self.hidden_fields]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column of the table, JSON and times as people read them, without what must not be shown."""
        return self.shown_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.shown_fields

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The operations that this user may call, and nothing else."""
        return {action.name: (action.run, action.name, action.label) for action in self._usable(request)}

    def _usable(self, request: HttpRequest) -> list[Action]:
        return [action for action in (*self.operation_actions, *added(self.model)) if allowed(request, action)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list under its own name, instead of "select one to view"."""
        title = str(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title[:1].upper() + title[1:], **(extra_context or {})})

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """The record with the actions that this user may take on it in its present state."""
        context["record_actions"] = [action for action in self._usable(request) if action.applies(obj)]
        return super().render_change_form(request, context, add, change, form_url, obj)


class LogAdmin(RecordAdmin):
    """An append-only log: newest first, without a count of everything."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    is_exportable = False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Reading out the selected rows is open to all who see them."""
        reading = {"export": (exported, "export", "Export as NDJSON")} if self.is_exportable else {}
        return {**super().get_actions(request), **reading}


def exported(model_admin: RecordAdmin, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse:
    """The selected rows (at most 10,000) as a file with one JSON object a line."""
    lines = [json.dumps(row, cls=DjangoJSONEncoder) for row in queryset.values()[:MOST_EXPORTED]]
    response = HttpResponse("".join(f"{line}\n" for line in lines), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{model_admin.opts.model_name}.ndjson"'
    return response


class FilledValues(admin.AllValuesFieldListFilter):
    """Every value of a text column but the empty one, which would be a link without a name."""

    def choices(self, changelist: Any) -> Any:
        return (choice for choice in super().choices(changelist) if str(choice["display"]))


def since(field: str, title: str) -> type[admin.SimpleListFilter]:
    """A filter on a microsecond column: the last hour, day, week or month."""

    class Since(admin.SimpleListFilter):
        parameter_name = f"{field}__since"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [("1", "Last hour"), ("24", "Last 24 hours"), ("168", "Last 7 days"), ("720", "Last 30 days")]

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            if not self.value():
                return queryset
            return queryset.filter(**{f"{field}__gte": clock.now_us() - int(self.value() or 0) * HOUR_US})

    Since.title = title
    return Since
