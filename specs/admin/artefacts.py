"""Knowledge, mockups and designs in the admin."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify

from boards.models import Entity
from boards.rights import rights_on
from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant
from pulse_project.core.admin.reading import MOST_FILES, File, ReadAction, Wanted, download
from pulse_project.core.page_caller import caller_of
from pulse_project.core.templatetags.shell import badge
from specs.architecture.parents import flag
from specs.models import ArchitectureDesign, ArchitectureVersion, DiagramPayload, Knowledge, Mockup

GET_DESIGN = "okto_pulse_get_architecture_design"
GET_MOCKUP = "okto_pulse_get_screen_mockup"


@admin.display(description="Belongs to", ordering="entity__number")
def parent(record: Any) -> SafeString:
    """The object that holds an artefact, as a link to its record."""
    holder: Entity = record.entity
    app = "boards" if holder.kind == Entity.Kind.CARD else "specs"
    address = reverse(f"admin:{app}_{holder.kind}_change", args=[holder.pk])
    return format_html('<a href="{}">{} {}</a>', address, holder.ref, holder.title)


def _as_file(record: Any, content: Any) -> File:
    """JSON in a folder of the board, named by the object that holds it, the title and the id."""
    holder = record.entity
    name = f"{holder.ref}-{slugify(record.title)[:60] or 'untitled'}-{record.pk}.json"
    text = json.dumps(content, indent=2, ensure_ascii=False)
    return File(f"{holder.board.slug}/{name}", f"{text}\n".encode(), "application/json")


def _design_file(record: Any, answer: Any) -> File:
    return _as_file(record, answer["architecture_design"])


def _designs(model_admin: Any, request: HttpRequest, records: Sequence[Any]) -> HttpResponse | None:
    """Designs, with their drawings for those who may see drawings."""
    caller = caller_of(request)

    def wanted() -> Iterator[Wanted]:
        for record in records:
            held = rights_on(caller, record.entity.board)
            drawn = held is not None and flag(record.entity, "render") in held.flags
            names = {"board_id": str(record.entity.board_id), "design_id": str(record.pk), "include_payloads": drawn}
            yield Wanted(record, names, _design_file)

    return download(request, GET_DESIGN, wanted(), archive="architecture-designs.zip")


def _mockups(model_admin: Any, request: HttpRequest, records: Sequence[Any]) -> HttpResponse | None:
    """Mockups with their HTML as text, and what was remarked."""

    def wanted() -> Iterator[Wanted]:
        for record in records:
            holder = {"board_id": str(record.entity.board_id), "entity_id": str(record.entity_id)}
            names = {**holder, "screen_id": record.public_id}
            yield Wanted(record, names, _as_file)

    return download(request, GET_MOCKUP, wanted(), archive="mockups.zip")


@admin.register(Knowledge)
class KnowledgeAdmin(LogAdmin):
    """Texts that whoever works on an object should know."""

    list_display = ("title", parent, "source", "author_id", "changed")
    list_select_related = ("entity",)
    list_filter = ("entity__kind",)
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")


@admin.register(Mockup)
class MockupAdmin(LogAdmin):
    """Drawings of screens; their HTML is shown as text here."""

    list_display = ("title", parent, "screen_type", "revision", "created_by", "changed")
    list_select_related = ("entity__board",)
    list_filter = ("screen_type", "entity__kind")
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")
    operation_actions = (ReadAction("export", "Export JSON", GET_MOCKUP, _mockups, at_most=MOST_FILES),)


OUTDATED = Q(source_design__version__gt=F("source_version"))


class Stale(admin.SimpleListFilter):
    """Copies whose source has a newer version, or the others."""

    title = "stale"
    parameter_name = "stale"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() == "yes":
            return queryset.filter(OUTDATED)
        return queryset.exclude(OUTDATED) if self.value() == "no" else queryset


@admin.register(ArchitectureDesign)
class ArchitectureDesignAdmin(LogAdmin):
    """Architecture designs."""

    list_display = ("title", parent, "version", "stale", "created_by", "changed")
    list_select_related = ("entity__board", "source_design")
    list_filter = ("entity__kind", Stale)
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")
    operation_actions = (ReadAction("export", "Export JSON", GET_DESIGN, _designs, at_most=MOST_FILES),)

    @admin.display(description="Stale")
    def stale(self, record: ArchitectureDesign) -> SafeString | str:
        source = record.source_design
        if source is None or source.version <= (record.source_version or 0):
            return ""
        return badge(f"source is at {source.version}", "warning", "triangle-alert")


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
