"""The counters that metrics read, in the admin: for whoever suspects one of being wrong."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from pulse_project.core import db
from pulse_project.core.admin.display import excerpt, instant
from telemetry import labels, sketch
from telemetry.admin.lists import LongAdmin, hour_text, hours_since
from telemetry.instants import Level
from telemetry.models import Count, Duration, Phase, StopReason, Verification, VerificationDay, Zone
from telemetry.rollups.contributions import ALL_TARGETS, parse_latest
from telemetry.rollups.tables import (
    COUNTS,
    DURATIONS,
    NEVER,
    PHASES,
    STOP_REASONS,
    VERIFICATION_DAYS,
    VERIFICATIONS,
    ZONES,
    Rollup,
)

LABELLED: Final = ("type_id", "source_id", "reason_id", "phase_id", "target_id")
TEXTS: Final = ("text", "day")
WIDTHS: Final = {level: level.name.lower().replace("_", " ") for level in Level}


class RollupList(ChangeList):
    """Rows in the order of the primary key, which needs no sorting; their names looked up together."""

    def _get_deterministic_ordering(self, ordering: Any) -> list[Any]:
        return list(ordering)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        numbers = {getattr(row, name) for row in rows for name in LABELLED if hasattr(row, name)}
        with db.read_tx():
            texts = dict(labels.texts_of(numbers - {ALL_TARGETS}))
        for row in rows:
            row.label_texts = texts
        self.result_list = rows


class Width(admin.SimpleListFilter):
    """Cells by how wide their bucket is."""

    title = "bucket"
    parameter_name = "width"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(int(level)), word) for level, word in WIDTHS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = {value for value, _ in self.lookup_choices}
        return queryset.filter(level=int(self.value() or 0)) if self.value() in known else queryset


def _label(name: str, title: str) -> "staticmethod[[Any], str]":
    """A column that shows the text behind a number."""

    @admin.display(description=title)
    def show(row: Any) -> str:
        number = getattr(row, name)
        if number == ALL_TARGETS:
            return "(all)"
        texts: Mapping[int, str] | None = getattr(row, "label_texts", None)
        if texts is None:
            with db.read_tx():
                texts = labels.texts_of([number])
        return excerpt(texts.get(number, "")) or "(blank)"

    return staticmethod(show)


class RollupAdmin(LongAdmin):
    """One table of counters. `rollup` says which columns make up its key."""

    rollup: ClassVar[Rollup]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [f"-{name}" for name in self.rollup.primary_key]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RollupList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """By the columns of the key, which are indexed as `row_key` is not."""
        found = key_of(self.rollup, object_id)
        return self.get_queryset(request).filter(**found).first() if found else None


def key_of(rollup: Rollup, row_key: str) -> dict[str, Any] | None:
    """The columns of a `row_key`; None when it is none. Its text may hold colons, its numbers do not."""
    names = (*rollup.prefix, *rollup.keys)
    before = next((index for index, name in enumerate(names) if name in TEXTS), len(names))
    parts = row_key.split(":", before)
    if before < len(names):
        after = len(names) - before - 1
        parts[before:] = parts[-1].rsplit(":", after)
    if len(parts) != len(names):
        return None
    try:
        return {
            name: part if name in TEXTS else _int64(part) for name, part in zip(names, parts, strict=True)
        }  # fmt: skip
    except ValueError:
        return None


def _int64(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(text)
    return number


class BucketAdmin(RollupAdmin):
    """Counters by calendar bucket."""

    list_filter = (Width, hours_since("utc", "time"))

    @admin.display(description="bucket")
    def width(self, row: Any) -> str:
        return WIDTHS.get(row.level, str(row.level))

    @admin.display(description="begins (UTC)")
    def begins(self, row: Any) -> str:
        return hour_text(row.utc)

    @admin.display(description="stamps begin with")
    def stamps(self, row: Any) -> str:
        return row.text or "(without bucket)"


PLACE: Final = ("stamps", "width", "begins")


@admin.register(Count)
class CountAdmin(BucketAdmin):
    """Events by type, source and version."""

    rollup = COUNTS
    list_display = (*PLACE, "of_type", "of_source", "version", "n")
    of_type, of_source = _label("type_id", "type"), _label("source_id", "source")


@admin.register(StopReason)
class StopReasonAdmin(BucketAdmin):
    """Why workflows stopped."""

    rollup = STOP_REASONS
    list_display = (*PLACE, "of_source", "reason", "n")
    of_source, reason = _label("source_id", "source"), _label("reason_id", "reason")


@admin.register(Phase)
class PhaseAdmin(BucketAdmin):
    """What was closed in each phase."""

    rollup = PHASES
    list_display = (*PLACE, "of_source", "phase", "closes", "tasks_done", "task_closes", "first", "last")
    of_source, phase = _label("source_id", "source"), _label("phase_id", "phase")

    @admin.display(description="first close")
    def first(self, row: Phase) -> str:
        return "" if row.first_ts == NEVER else excerpt(row.first_ts)

    @admin.display(description="last close")
    def last(self, row: Phase) -> str:
        return excerpt(row.last_ts)


@admin.register(Verification)
class VerificationAdmin(BucketAdmin):
    """How verifications went."""

    rollup = VERIFICATIONS
    list_display = (*PLACE, "of_source", "target", "runs", "passed", "checks_total", "checks_passed", "latest")
    of_source, target = _label("source_id", "source"), _label("target_id", "target")

    @admin.display(description="latest run")
    def latest(self, row: Verification) -> str:
        stamp, passed = parse_latest(row.last)
        return f"{excerpt(stamp)} ({'passed' if passed else 'failed'})"


@admin.register(Duration)
class DurationAdmin(BucketAdmin):
    """Events by their duration."""

    rollup = DURATIONS
    list_display = (*PLACE, "of_type", "of_source", "about_ms", "n")
    of_type, of_source = _label("type_id", "type"), _label("source_id", "source")

    @admin.display(description="about (ms)")
    def about_ms(self, row: Duration) -> str:
        return f"{sketch.value_of(row.bin):.4g}"


@admin.register(VerificationDay)
class VerificationDayAdmin(RollupAdmin):
    """Verifications by the day as stamps spell it."""

    rollup = VERIFICATION_DAYS
    list_display = ("day", "of_source", "target", "runs", "passed")
    of_source, target = _label("source_id", "source"), _label("target_id", "target")


@admin.register(Zone)
class ZoneAdmin(RollupAdmin):
    """Earliest and latest instant of 4,096 consecutive events."""

    rollup = ZONES
    list_display = ("zone", "first", "last")
    first, last = instant("first_us", "earliest"), instant("last_us", "latest")
