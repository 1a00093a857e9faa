"""Boards, their former addresses and counters in the admin."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from boards.admin.columns import Archived
from boards.admin.exports import EXPORT_BOARD
from boards.admin.gates import FILTERS, summary
from boards.board_settings import PRESETS
from boards.models import Board, BoardSlug, Entity, RefCounter
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.admin.choosing import Action
from pulse_project.core.admin.display import instant, number_of


class GatePreset(forms.Form):
    """How strict the boards shall be."""

    preset = forms.ChoiceField(choices=[(name, name.title()) for name in PRESETS])


def _preset(record: Board, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"board_id": str(record.pk), "preset": answers["preset"]}


def _board(record: Board, _answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"board_id": str(record.pk)}


def _objects(records: Sequence[Board]) -> list[str]:
    """How much goes along: on an archived board nothing is changed, so that everything counts."""
    found = Entity.objects.filter(board__in=records).order_by().values_list("kind").annotate(Count("pk"))
    counts = dict(found)
    parts = [number_of(counts[kind], kind) for kind in Entity.Kind.values if counts.get(kind)]
    return [f"On {'it' if len(records) == 1 else 'them'}: {', '.join(parts) or 'nothing'}."]


@admin.register(Board)
class BoardAdmin(RecordAdmin):
    """Boards with what is on them."""

    list_display = ("name", "slug", "owner", "cards", "specs", "gates", "is_open", "changed")
    list_select_related = ("owner",)
    list_filter: ClassVar = [Archived, *FILTERS]
    search_fields = ("name", "slug")
    ordering = ("-updated_at",)
    operation_actions: Sequence[Action] = (
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
            foresees=_objects,
            applies=lambda record: record.archived_at is None,
            consequence="The boards leave every list until they are restored.",
        ),
        OperationAction(
            "restore_board",
            "Restore",
            "okto_pulse_restore_board",
            _board,
            foresees=_objects,
            applies=lambda record: record.archived_at is not None,
            consequence="The boards are listed again.",
        ),
        EXPORT_BOARD,
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

    @admin.display(description="Gates")
    def gates(self, record: Board) -> str:
        return summary(record)

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
