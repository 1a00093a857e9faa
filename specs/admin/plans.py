"""Ideations, refinements and specs in the admin."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from boards.admin.columns import Archived, EntityAdmin, Status
from boards.admin.exports import EXPORT
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.display import number_of
from specs import locks
from specs.admin.archiving import ARCHIVING
from specs.admin.moving import moving
from specs.models import Ideation, Refinement, Spec
from specs.queries import coverage
from specs.queries.content import outlines_of
from specs.states import LOCKED


class QuestionedAdmin(EntityAdmin):
    """Plans about which questions are open."""

    def get_queryset(self, request: HttpRequest) -> Any:
        unanswered = Count("questions", filter=Q(questions__answered_at=None))
        return super().get_queryset(request).annotate(open_question_count=unanswered)

    @admin.display(description="Open questions", ordering="open_question_count")
    def open_questions(self, record: Any) -> int:
        return int(record.open_question_count)


@admin.register(Ideation)
class IdeationAdmin(QuestionedAdmin):
    """Ideas of every board."""

    list_display = ("reference", "named", "status_badge", "complexity", "version", "open_questions", "changed")
    list_filter = ("board", Status, "complexity", Archived)
    operation_actions = (moving("ideation"), *ARCHIVING, EXPORT)


@admin.register(Refinement)
class RefinementAdmin(QuestionedAdmin):
    """Refinements of every board."""

    list_display = ("reference", "named", "status_badge", "ideation", "version", "open_questions", "changed")
    list_select_related = ("board", "ideation")
    operation_actions = (moving("refinement"), *ARCHIVING, EXPORT)


def _opening(record: Spec, _answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The moves that the lock itself names as the way to open the content."""
    names = {"board_id": str(record.board_id), "spec_id": str(record.pk)}
    return [{**names, "status": status} for status in locks.way_open(record)]


def _ways(records: Sequence[Spec]) -> list[str]:
    ways = Counter((record.status, *locks.way_open(record)) for record in records)
    return [
        f"{number_of(count, 'spec')}: {' → '.join(step.replace('_', ' ') for step in way)}."
        for way, count in ways.items()
    ]


UNLOCK = OperationAction(
    "unlock",
    "Unlock content",
    "okto_pulse_move_spec",
    _opening,
    foresees=_ways,
    danger=True,
    applies=lambda record: record.status in LOCKED,
    consequence="Content is open outside of validated, in progress and done. The way back asks the gates again.",
)


class Skips(admin.SimpleListFilter):
    """Specs that skip a condition, or none."""

    title = "skips"
    parameter_name = "skips"
    fields: ClassVar[dict[str, str]] = {
        "tests": "skip_test_coverage",
        "rules": "skip_rules_coverage",
        "technical": "skip_trs_coverage",
        "contracts": "skip_contract_coverage",
        "decisions": "skip_decisions_coverage",
        "evaluation": "skip_qualitative_validation",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "Nothing"), ("any", "Anything"), *((name, name.title()) for name in self.fields)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        skips = Q(*((name, True) for name in self.fields.values()), _connector=Q.OR)
        match self.value():
            case "none":
                return queryset.exclude(skips)
            case "any":
                return queryset.filter(skips)
            case name if name in self.fields:
                return queryset.filter(**{self.fields[name]: True})
        return queryset


@admin.register(Spec)
class SpecAdmin(EntityAdmin):
    """Specs of every board."""

    list_display = ("reference", "named", "status_badge", "covered", "version", "is_locked", "changed")
    list_filter = ("board", Status, Skips, Archived)
    operation_actions = (moving("spec"), UNLOCK, *ARCHIVING, EXPORT)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page of the list with the coverage of its specs, in three queries for all of them."""
        changelist = super().get_changelist_instance(request)
        records = list(changelist.result_list)
        contents = outlines_of(records)
        for record in records:
            record.share = coverage.share_of(contents[record.pk])
        changelist.result_list = records
        return changelist

    @admin.display(description="Coverage")
    def covered(self, record: Any) -> SafeString:
        done, total = record.share
        if not total:
            return format_html('<span class="quiet">{}</span>', "nothing yet")
        return format_html(
            '<meter min="0" max="{}" value="{}" aria-label="Coverage"></meter> <span class="nowrap">{} of {}</span>',
            total,
            done,
            done,
            total,
        )

    @admin.display(boolean=True, description="Locked")
    def is_locked(self, record: Spec) -> bool:
        return record.locked_at is not None
