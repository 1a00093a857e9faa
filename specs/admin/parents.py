"""Filters by the spec or sprint that cards belong to, and how lists name them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from boards.location import uuid_of
from boards.models import Entity
from specs.models import Spec, Sprint

MOST_OFFERED = 30
LONGEST = 60
NONE = "none"


def parent_filter(model: type[Entity], name: str) -> type[admin.SimpleListFilter]:
    """A filter on a foreign key: the objects changed last, of the chosen board if one is chosen. Any id is taken."""

    class OfParent(admin.SimpleListFilter):
        parameter_name = name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            rows = model._default_manager.filter(archived_at=None).select_related("board").order_by("-updated_at")
            board = uuid_of(request.GET.get("board__id__exact", ""))
            found = list((rows.filter(board=board) if board else rows)[:MOST_OFFERED])
            several = len({row.board_id for row in found}) > 1
            offered = [(str(row.pk), _label(row, with_board=several)) for row in found]
            return [(NONE, f"No {name}"), *offered] if offered else []

        def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
            if self.value() is None:
                return queryset
            if self.value() == NONE:
                return queryset.filter(**{f"{name}__isnull": True})
            pk = uuid_of(self.value() or "")
            return queryset.filter(**{name: pk}) if pk else queryset.none()

    OfParent.title = name
    return OfParent


def _label(row: Entity, *, with_board: bool) -> str:
    text = f"{row.ref} {row.title}"
    cut = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"{row.board.name}: {cut}" if with_board else cut


OfSpec = parent_filter(Spec, "spec")
OfSprint = parent_filter(Sprint, "sprint")
