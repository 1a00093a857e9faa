"""Events and the names in them, in the admin."""

import json
from typing import Any, Final

from django.contrib import admin
from django.db.models import BigIntegerField, ExpressionWrapper, F, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from pulse_project.core import clock, db
from pulse_project.core.admin.base import MOST_EXPORTED
from pulse_project.core.admin.display import NOTHING, excerpt, instant, pretty
from pulse_project.core.statements import execute
from telemetry import event_rows, labels
from telemetry.admin.lists import SPANS, LongAdmin, one_of, span_of
from telemetry.event_plans import plan_for
from telemetry.instants import HOUR_US
from telemetry.models import Attribute, Event, Label, Stamp
from telemetry.rollups.windows import Window

MOST_CHOICES: Final = 50
LEAST_DIGITS: Final = 8  # of an event id that a search begins with
MOST_FOUND: Final = 1000
HEX: Final = "0123456789abcdef"
ID_BYTES: Final = 32
NO_INDEX: Final = ExpressionWrapper(F("ts_us") + 0, BigIntegerField())  # the order of receipt decides what is read


def _most_frequent(column: str) -> list[int]:
    rows = execute(
        f"SELECT {column}, sum(n) AS total FROM telemetry_count WHERE level = 4 GROUP BY {column}"  # noqa: S608
        " ORDER BY total DESC LIMIT %s",
        (MOST_CHOICES,),
    ).fetchall()
    return [row[0] for row in rows]


def _most_frequent_labels(column: str) -> list[tuple[int, str]]:
    numbers = _most_frequent(column)
    texts = labels.texts_of(numbers)
    return sorted(((number, excerpt(texts[number]) or "(blank)") for number in numbers), key=lambda found: found[1])


def _versions() -> list[tuple[int, str]]:
    return [(version, str(version)) for version in sorted(_most_frequent("version"))]


class EventTime(admin.SimpleListFilter):
    """Events by the instant of their stamp, without walking through all others."""

    title = "event time"
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return SPANS

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Event]") -> "QuerySet[Event]":
        hours = span_of(self.value())
        if not hours:
            return queryset
        since_us = clock.now_us() - hours * HOUR_US
        with db.read_tx():
            first = _first_number(since_us)
        if first is None:
            return queryset.none()
        return queryset.annotate(at_us=NO_INDEX).filter(id__gte=first, at_us__gte=since_us)


def _first_number(since_us: int) -> int | None:
    """A number below which no event has such an instant."""
    plan = plan_for(Window(start_us=since_us))
    if plan.numbers:
        return plan.numbers[0][0]
    return Event.objects.filter(ts_us__gte=since_us).aggregate(first=Min("id"))["first"] if plan.instants else None


@admin.register(Event)
class EventAdmin(LongAdmin):
    """What producers sent."""

    list_display = ("short_id", "received", "at", "type", "source", "version", "summary")
    list_filter = (
        EventTime,
        one_of("type_id", "type", lambda: _most_frequent_labels("type_id")),
        one_of("source_id", "source", lambda: _most_frequent_labels("source_id")),
        one_of("version", "version", _versions),
    )
    list_select_related = ("type", "source")
    search_fields = ("event_id",)
    search_help_text = "The id of an event, or at least its first eight hexadecimal digits."
    ordering = ("-id",)
    received = instant("received_us", "received")
    at = instant("ts_us", "event time")
    identity_fields = ("identity", "producer_identity", "stamp_words")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column; bytes as hexadecimal digits, bits as words."""
        readable = dict(zip(("event_id", "foreign_key", "stamp"), self.identity_fields, strict=True))
        return [readable.get(field, field) if isinstance(field, str) else field for field in self.shown_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Event]", search_term: str
    ) -> "tuple[QuerySet[Event], bool]":
        """By event id alone: a look into every payload would read the whole table."""
        digits = search_term.strip().lower()
        if not digits:
            return queryset, False
        if digits.strip(HEX) or not LEAST_DIGITS <= len(digits) <= 2 * ID_BYTES:
            return queryset.none(), False
        lowest, highest = (bytes.fromhex(digits.ljust(2 * ID_BYTES, filler)) for filler in "0f")
        return queryset.filter(pk__in=event_rows.numbers_between(lowest, highest, MOST_FOUND)), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_actions(request), "export": (exported, "export", "Export as NDJSON")}

    def view_on_site(self, event: Event) -> str:
        return f"/telemetry/events/{_hex(event.event_id)}/"

    @admin.display(description="id")
    def short_id(self, event: Event) -> str:
        return f"{_hex(event.event_id)[:12]}…"

    @admin.display(description="payload")
    def summary(self, event: Event) -> str:
        return excerpt(event.payload)

    @admin.display(description="event id")
    def identity(self, event: Event) -> SafeString:
        return pretty(_hex(event.event_id))

    @admin.display(description="producer's own id (hashed)")
    def producer_identity(self, event: Event) -> str:
        return _hex(event.foreign_key) if event.foreign_key else NOTHING

    @admin.display(description="stamp")
    def stamp_words(self, event: Event) -> str:
        sender = "of the producer" if event.stamp & Stamp.PRODUCER else "of the receipt"
        reading = "names an instant" if event.stamp & Stamp.DATED else "names no instant"
        return f"{sender}, {reading}" + (", without bucket" if event.stamp & Stamp.BUCKETLESS else "")


def _hex(value: Any) -> str:
    return bytes(value).hex()


def exported(model_admin: EventAdmin, request: HttpRequest, queryset: "QuerySet[Event]") -> HttpResponse:
    """The selected events (at most 10,000) as a file with one event a line, as producers would send it."""
    lines = [
        json.dumps(
            {
                "event_id": _hex(event.event_id),
                "event_type": event.type.text,
                "version": event.version,
                "timestamp": event.event_ts,
                "source": event.source.text,
                "payload": json.loads(event.payload),
            }
        )
        for event in queryset.select_related("type", "source")[:MOST_EXPORTED]
    ]
    response = HttpResponse("".join(f"{line}\n" for line in lines), content_type="application/x-ndjson")
    response["Content-Disposition"] = 'attachment; filename="events.ndjson"'
    return response


@admin.register(Label)
class LabelAdmin(LongAdmin):
    """Names that events repeat, and whether metrics count them under their own name."""

    list_display = ("text", "is_counted", "created_day")
    list_filter = ("is_counted",)
    search_fields = ("=text",)
    search_help_text = "A whole name."
    ordering = ("-id",)


@admin.register(Attribute)
class AttributeAdmin(LongAdmin):
    """Values of declared payload keys, as they are indexed."""

    list_display = ("event_number", "key", "value")
    list_filter = ("key",)
    list_select_related = ("key", "value")
    ordering = ("-id",)
