"""What telemetry's lists share: no page costs more because the table is long."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from pulse_project.core import clock, db
from pulse_project.core.admin import front
from pulse_project.core.admin.base import LogAdmin, RecordAdmin
from pulse_project.core.page_caller import caller_of
from telemetry.instants import HOUR_US, hour_of

MOST_COUNTED: Final = 10_000
SPANS: Final = [("1", "Last hour"), ("24", "Last 24 hours"), ("168", "Last 7 days"), ("720", "Last 30 days")]

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator  # generic for the type checker only

Choices = Callable[[], Sequence[tuple[Any, str]]]


class BoundedPaginator(_Paginator):
    """Pages of the first 10,000 rows: counting more would walk the whole table. Filters reach the others."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return min(MOST_COUNTED, int(rows.order_by()[: MOST_COUNTED + 1].count()))


class LongAdmin(LogAdmin):
    """A table that grows with what producers send."""

    paginator = BoundedPaginator
    sortable_by = ()


class MadeHereAdmin(RecordAdmin):
    """A table whose rows operators make on a page of its own; the list leads there."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        path, caller = f"telemetry/{self.opts.model_name}/new/", caller_of(request)
        usable = (page for page in front.pages() if page.path == path and caller.holds(page.flag))
        page = None if caller.read_only else next(usable, None)
        return super().changelist_view(request, {"new_page": page, **(extra_context or {})})


def hours_since(field: str, title: str) -> type[admin.SimpleListFilter]:
    """A filter on a column of hours since 1970: the last hour, day, week or month."""

    class Since(admin.SimpleListFilter):
        parameter_name = f"{field}__since"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return SPANS

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            hours = span_of(self.value())
            return queryset.filter(**{f"{field}__gte": hour_of(clock.now_us()) - hours}) if hours else queryset

    Since.title = title
    return Since


def span_of(value: str | None) -> int:
    """The hours of a choice of `SPANS`; 0 for none of them."""
    return int(value) if value in dict(SPANS) else 0


def one_of(column: str, title: str, choices: Choices) -> type[admin.SimpleListFilter]:
    """A filter on a numeric column whose values are looked up in a bounded list."""

    class OneOf(admin.SimpleListFilter):
        parameter_name = column

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            with db.read_tx():
                return [(str(value), text) for value, text in choices()]

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            known = {value for value, _ in self.lookup_choices}
            return queryset.filter(**{column: int(self.value() or 0)}) if self.value() in known else queryset

    OneOf.title = title
    return OneOf


def hour_text(hour: int) -> str:
    """The UTC hour of a bucket, `2026-01-31 23:00`."""
    return (clock.iso(hour * HOUR_US) or "")[:16].replace("T", " ")
