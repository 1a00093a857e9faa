"""The items of specs, their links, evidence and reports in the admin."""

from typing import Any

from django.contrib import admin

from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import excerpt, instant
from specs.models import (
    CardReport,
    Contract,
    Decision,
    ItemLink,
    ItemTask,
    Requirement,
    Rule,
    Scenario,
    ScenarioEvidence,
    SpecItem,
)

COLUMNS: tuple[str, ...] = ("reference", "kind", "spec", "revision", "changed")
RELATED: tuple[str, ...] = ("spec",)
FILTERS: tuple[Any, ...] = ("kind",)
SEARCHED: tuple[str, ...] = ("public_id",)
ORDER: tuple[str, ...] = ("-updated_at", "pk")


@admin.register(SpecItem)
class SpecItemAdmin(LogAdmin):
    """Items of every kind."""

    list_display = COLUMNS
    list_select_related = RELATED
    list_filter = FILTERS
    search_fields = SEARCHED
    ordering = ORDER
    changed = instant("updated_at", "Changed")

    @admin.display(description="Ref", ordering="number")
    def reference(self, record: SpecItem) -> str:
        return record.ref


@admin.register(Requirement)
class RequirementAdmin(SpecItemAdmin):
    """Requirements and acceptance criteria."""

    list_display = ("reference", "text_begins", "kind", "spec", "changed")
    search_fields = ("text", "public_id")

    @admin.display(description="Text")
    def text_begins(self, record: Requirement) -> str:
        return excerpt(record.text)


@admin.register(Rule)
class RuleAdmin(SpecItemAdmin):
    """Business rules."""

    list_display = ("reference", "title", "spec", "revision", "changed")
    list_filter = ()
    search_fields = ("title", "public_id")


@admin.register(Contract)
class ContractAdmin(SpecItemAdmin):
    """Interfaces that specs promise."""

    list_display = ("reference", "method", "path", "spec", "changed")
    list_filter = ("method",)
    search_fields = ("path", "public_id")


@admin.register(Scenario)
class ScenarioAdmin(SpecItemAdmin):
    """Test scenarios."""

    list_display = ("reference", "title", "status", "scenario_type", "spec", "changed")
    list_filter = ("status", "scenario_type")
    search_fields = ("title", "public_id")


@admin.register(Decision)
class DecisionAdmin(SpecItemAdmin):
    """Design decisions."""

    list_display = ("reference", "title", "status", "spec", "changed")
    list_filter = ("status",)
    search_fields = ("title", "public_id")


@admin.register(ItemLink)
class ItemLinkAdmin(LogAdmin):
    """Which item refers to which."""

    list_display = ("source", "target")
    list_select_related = ("source", "target")
    ordering = ("source", "pk")


@admin.register(ItemTask)
class ItemTaskAdmin(LogAdmin):
    """Which card works on which item."""

    list_display = ("item", "card", "since")
    list_select_related = ("item", "card")
    ordering = ("-created_at", "pk")
    since = instant("created_at", "Since")


@admin.register(ScenarioEvidence)
class ScenarioEvidenceAdmin(LogAdmin):
    """The proof behind the status of scenarios."""

    list_display = ("scenario", "status", "test_function", "was_skipped", "submitted_by", "sent")
    list_select_related = ("scenario",)
    list_filter = ("status", "was_skipped")
    search_fields = ("test_file_path", "test_function")
    ordering = ("-created_at", "pk")
    sent = instant("created_at", "Sent")


@admin.register(CardReport)
class CardReportAdmin(LogAdmin):
    """Reports of work on cards."""

    list_display = ("card", "source", "completeness", "drift", "author_id", "reported")
    list_select_related = ("card",)
    list_filter = ("source",)
    search_fields = ("text",)
    ordering = ("-created_at", "pk")
    reported = instant("created_at", "Reported")
