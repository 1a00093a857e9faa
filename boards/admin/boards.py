"""Boards, their former addresses and counters in the admin."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from boards.board_settings import PRESETS
from boards.models import Board, BoardSlug, Entity, RefCounter
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.display import instant


class GatePreset(forms.Form):
    """How strict the boards shall be."""

    preset = forms.ChoiceField(choices=[(name, name.title()) for name in PRESETS])


def _preset(record: Board, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"board_id": str(record.pk), "preset": answers["preset"]}


def _board(record: Board, _answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"board_id": str(record.pk)}


@admin.register(Board)
class BoardAdmin(RecordAdmin):
    """Boards with what is on them."""

    list_display = ("name", "slug", "owner", "cards", "specs", "is_open", "changed")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    ordering = ("-updated_at",)
    operation_actions = (
        OperationAction(
            "apply_preset",
            "Apply gate preset",
            "okto_pulse_apply_board_preset",
            _preset,
            form=GatePreset,
            danger=True,
            consequence="The switches of the boards are replaced by those of the preset.",
        ),
        OperationAction(
            "archive_board",
            "Archive",
            "okto_pulse_archive_board",
            _board,
            danger=True,
            applies=lambda record: record.archived_at is None,
            consequence="The boards leave every list until they are restored.",
        ),
        OperationAction(
            "restore_board",
            "Restore",
            "okto_pulse_restore_board",
            _board,
            applies=lambda record: record.archived_at is not None,
            consequence="The boards are listed again.",
        ),
    )
    changed = instant("updated_at", "Changed")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Board]":
        return Board.objects.annotate(
            card_count=Count("entities", filter=Q(entities__kind="card")),
            spec_count=Count("entities", filter=Q(entities__kind="spec")),
        )

    @admin.display(ordering="card_count")
    def cards(self, record: Any) -> int:
        return int(record.card_count)

    @admin.display(ordering="spec_count")
    def specs(self, record: Any) -> int:
        return int(record.spec_count)

    @admin.display(boolean=True, description="Open")
    def is_open(self, record: Board) -> bool:
        return record.archived_at is None


@admin.register(BoardSlug)
class BoardSlugAdmin(RecordAdmin):
    """Addresses that boards had before."""

    list_display = ("slug", "board")
    list_select_related = ("board",)
    search_fields = ("slug",)


@admin.register(RefCounter)
class RefCounterAdmin(RecordAdmin):
    """The last references given."""

    list_display = ("board", "kind", "last")
    list_select_related = ("board",)
    list_filter = ("kind",)


@admin.register(Entity)
class AnyEntityAdmin(LogAdmin):
    """Every object of every board, whatever its kind."""

    list_display = ("__str__", "kind", "board", "status", "revision", "changed")
    list_select_related = ("board",)
    list_filter: ClassVar = ["kind", "status"]
    search_fields = ("title",)
    ordering = ("-updated_at", "pk")
    changed = instant("updated_at", "Changed")
