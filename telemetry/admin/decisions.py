"""Retention, payload keys and alerts in the admin."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.safestring import SafeString

from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import RecordAdmin
from pulse_project.core.admin.display import NOTHING, instant, state
from pulse_project.core.templatetags.shell import badge
from telemetry.admin.lists import MadeHereAdmin, hour_text
from telemetry.alert_rules import MOST_MINUTES
from telemetry.models import AlertRule, PayloadKey, RetentionFloor, RetentionRule
from telemetry.operations.retention import MOST_DAYS

Arguments = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


def _by(name: str) -> Arguments:
    """Arguments of an operation on one record: its number under that name, and the answers."""
    return lambda record, answers: {name: record.pk, **answers}


class Days(forms.Form):
    """How long events are kept."""

    keep_days = forms.IntegerField(min_value=0, max_value=MOST_DAYS, help_text="0 = for ever.")


class Condition(forms.Form):
    """When an alert fires."""

    comparison = forms.ChoiceField(choices=AlertRule.Comparison.choices, initial=AlertRule.Comparison.BELOW)
    threshold = forms.FloatField(min_value=0, initial=0, help_text="A count, a share from 0 to 1, or milliseconds.")
    window_minutes = forms.IntegerField(min_value=1, max_value=MOST_MINUTES, initial=60)


@admin.register(RetentionRule)
class RetentionRuleAdmin(MadeHereAdmin):
    """How long events of a type are kept; * is the rule of all that have none."""

    list_display = ("event_type", "days")
    search_fields = ("event_type",)
    ordering = ("event_type",)
    operation_actions = (
        OperationAction(
            "change",
            "Change days",
            "telemetry_retention_update",
            _by("rule_id"),
            form=Days,
            danger=True,
            consequence="The next hourly pass deletes what is older. Metrics go on counting it.",
        ),
        OperationAction(
            "delete",
            "Delete rule",
            "telemetry_retention_delete",
            _by("rule_id"),
            danger=True,
            consequence="The type follows the rule * again, or the setting telemetry_keep_days.",
        ),
    )

    @admin.display(description="kept", ordering="keep_days")
    def days(self, rule: RetentionRule) -> str:
        return f"{rule.keep_days} days" if rule.keep_days else "for ever"


@admin.register(RetentionFloor)
class RetentionFloorAdmin(RecordAdmin):
    """From which hour on the events of a type are still there."""

    list_display = ("type", "since")
    list_select_related = ("type",)
    search_fields = ("type__text",)

    @admin.display(description="events since (UTC)", ordering="utc")
    def since(self, floor: RetentionFloor) -> str:
        return hour_text(floor.utc)


@admin.register(PayloadKey)
class PayloadKeyAdmin(MadeHereAdmin):
    """Payload keys that events can be filtered by."""

    list_display = ("name", "ready", "indexed_to")
    list_filter = ("is_complete",)
    search_fields = ("name",)
    ordering = ("name",)
    ready = state(
        "is_complete", "state", {True: ("ready", "success", "circle-check"), False: ("indexing", "info", "hourglass")}
    )
    operation_actions = (
        OperationAction(
            "delete",
            "Delete key",
            "telemetry_payload_key_delete",
            _by("key_id"),
            danger=True,
            consequence="Events can no longer be filtered by it. The events stay as they are.",
        ),
    )


def _switch(is_enabled: bool) -> Arguments:
    return lambda record, _answers: {"alert_id": record.pk, "is_enabled": is_enabled}


@admin.register(AlertRule)
class AlertRuleAdmin(MadeHereAdmin):
    """Alerts on metrics."""

    list_display = ("name", "watched", "condition", "value", "firing", "changed")
    list_filter = ("is_firing", "is_enabled", "metric")
    search_fields = ("name", "event_type", "source", "target")
    ordering = ("name",)
    changed = instant("changed_at", "changed")
    operation_actions = (
        OperationAction(
            "condition",
            "Change condition",
            "telemetry_alert_update",
            _by("alert_id"),
            form=Condition,
            applies=lambda record: record.metric != AlertRule.Metric.SILENCE,
            consequence="An alert that fires is resolved, and looked at anew within a minute.",
        ),
        OperationAction(
            "disable",
            "Disable",
            "telemetry_alert_update",
            _switch(False),
            applies=lambda record: record.is_enabled,
            consequence="Nobody looks at the metric until the alert is enabled again. One that fires is resolved.",
        ),
        OperationAction(
            "enable",
            "Enable",
            "telemetry_alert_update",
            _switch(True),
            applies=lambda record: not record.is_enabled,
            consequence="The server looks at the metric every minute.",
        ),
        OperationAction(
            "delete",
            "Delete alert",
            "telemetry_alert_delete",
            _by("alert_id"),
            danger=True,
            consequence="The alert is gone for good. One that fires is resolved.",
        ),
    )

    @admin.display(description="watches")
    def watched(self, rule: AlertRule) -> str:
        named = [name for name in (rule.event_type, rule.source, rule.target) if name]
        return f"{rule.get_metric_display()}{': ' if named else ''}{', '.join(named)}"

    @admin.display(description="fires")
    def condition(self, rule: AlertRule) -> str:
        span = f"in {rule.window_minutes} min"
        if rule.metric == AlertRule.Metric.SILENCE:
            return f"after nothing came {span}"
        return f"{rule.comparison} {rule.threshold:g} {span}"

    @admin.display(description="value", ordering="last_value")
    def value(self, rule: AlertRule) -> str:
        return NOTHING if rule.last_value is None else f"{rule.last_value:g}"

    @admin.display(description="state", ordering="is_firing")
    def firing(self, rule: AlertRule) -> SafeString:
        if not rule.is_enabled:
            return badge("disabled", "neutral", "ban")
        return badge("firing", "danger", "circle-alert") if rule.is_firing else badge("ok", "success", "circle-check")
