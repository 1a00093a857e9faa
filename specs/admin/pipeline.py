"""Ideations, refinements, specs, sprints and snapshots in the admin."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from boards.admin.columns import ARCHIVING, Archived, EntityAdmin
from boards.models import Entity
from boards.models.entity import STATUSES
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant
from specs.models import Ideation, Refinement, Snapshot, Spec, Sprint, SprintScope


def moving(kind: str) -> OperationAction:
    """The action that moves objects of a kind through the operation, gates and all."""
    choices = [(name, name.replace("_", " ")) for name in STATUSES[kind]]
    form = type("Target", (forms.Form,), {"status": forms.ChoiceField(choices=choices), "__doc__": "Where to."})

    def arguments(record: Entity, answers: Mapping[str, Any]) -> dict[str, Any]:
        return {"board_id": str(record.board_id), f"{kind}_id": str(record.pk), **answers}

    return OperationAction(
        "move",
        "Move",
        f"okto_pulse_move_{kind}",
        arguments,
        form=form,
        consequence="Each one moves if its gates let it; the others say what is in the way.",
    )


@admin.register(Ideation)
class IdeationAdmin(EntityAdmin):
    """Ideas of every board."""

    list_display = ("reference", "title", "board", "status_badge", "complexity", "version", "open_questions", "changed")
    list_filter = ("board", "status", "complexity", Archived)
    operation_actions = (moving("ideation"), *ARCHIVING)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return with_open_questions(super().get_queryset(request))

    @admin.display(description="Open questions")
    def open_questions(self, record: Any) -> int:
        return int(record.open_question_count)


def with_open_questions(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    annotated: QuerySet[Any] = rows.annotate(
        open_question_count=Count("questions", filter=Q(questions__answered_at=None))
    )
    return annotated


@admin.register(Refinement)
class RefinementAdmin(EntityAdmin):
    """Refinements of every board."""

    list_display = ("reference", "title", "board", "status_badge", "ideation", "version", "open_questions", "changed")
    list_select_related = ("board", "ideation")
    operation_actions = (moving("refinement"), *ARCHIVING)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return with_open_questions(super().get_queryset(request))

    @admin.display(description="Open questions")
    def open_questions(self, record: Any) -> int:
        return int(record.open_question_count)


@admin.register(Spec)
class SpecAdmin(EntityAdmin):
    """Specs of every board."""

    list_display = ("reference", "title", "board", "status_badge", "version", "is_locked", "changed")
    operation_actions = (moving("spec"), *ARCHIVING)

    @admin.display(boolean=True, description="Locked")
    def is_locked(self, record: Spec) -> bool:
        return record.locked_at is not None


@admin.register(Sprint)
class SprintAdmin(EntityAdmin):
    """Sprints of every board."""

    list_display = ("reference", "title", "spec", "status_badge", "start_date", "end_date", "changed")
    list_select_related = ("board", "spec")
    operation_actions = (moving("sprint"), *ARCHIVING)


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
