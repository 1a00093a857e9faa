"""Alerts on metrics, as operators manage them."""

from typing import TypedDict

from pydantic import Field

from pulse_project.core.inputs import Input, NoInput, NonEmpty
from pulse_project.core.principals import Caller
from telemetry import alert_rules, alerts
from telemetry.alert_rules import MOST_MINUTES, MOST_NAME, MOST_RULES
from telemetry.catalog import operators
from telemetry.fields import Label, RowId, Version, iso
from telemetry.models import AlertRule

FLAG = "operator.telemetry"


class AlertRow(TypedDict):
    """`value` is what the last look saw: a count, a share (0 to 1) or milliseconds; null where nothing came."""

    alert_id: int
    name: str
    metric: str
    comparison: str
    threshold: float
    window_minutes: int
    event_type: str
    source: str
    target: str
    is_enabled: bool
    is_firing: bool
    value: float | None
    changed_at: str | None
    version: int


class AlertList(TypedDict):
    items: list[AlertRow]


def alert_row(rule: AlertRule) -> AlertRow:
    """An alert as every answer shows it."""
    return {
        "alert_id": rule.pk,
        "name": rule.name,
        "metric": rule.metric,
        "comparison": rule.comparison,
        "threshold": rule.threshold,
        "window_minutes": rule.window_minutes,
        "event_type": rule.event_type,
        "source": rule.source,
        "target": rule.target,
        "is_enabled": rule.is_enabled,
        "is_firing": rule.is_firing,
        "value": rule.last_value,
        "changed_at": iso(rule.changed_at),
        "version": rule.revision,
    }


@operators.operation(needs="operator.observe", rest="GET alerts")
def telemetry_alert_list(caller: Caller, data: NoInput) -> AlertList:
    """Every alert with its state as of the last look."""
    return {"items": [alert_row(rule) for rule in AlertRule.objects.order_by("name")[:MOST_RULES]]}


class AlertCondition(Input):
    comparison: AlertRule.Comparison = Field(
        AlertRule.Comparison.BELOW, strict=False, description="When the value is above or below."
    )
    threshold: float = Field(0, description="A count, a share from 0 to 1, or milliseconds; silence takes none.")
    window_minutes: int = Field(60, ge=1, le=MOST_MINUTES, description="How far back each look goes.")
    event_type: Label = Field("", description="Only events of this type; empty = all. Not for pass_rate.")
    source: Label = Field("", description="Only events of this source; empty = all.")
    target: Label = Field("", description="Only verifications of this target; empty = all. For pass_rate.")
    is_enabled: bool = True


class NewAlert(AlertCondition):
    name: NonEmpty = Field(max_length=MOST_NAME)
    metric: AlertRule.Metric = Field(
        strict=False, description="count, pass_rate, duration_p90 (of duration_ms), or silence."
    )


@operators.operation(needs=FLAG, writes=True, rest="POST alerts")
def telemetry_alert_create(caller: Caller, data: NewAlert) -> AlertRow:
    """Watch a metric: the server looks every minute, and tells when the condition begins and ceases to hold.

    Errors: VALIDATION_ERROR, CONFLICT.
    Event: alert.created.
    """
    return alert_row(alert_rules.create(caller, **data.model_dump(mode="json")))


class OneAlert(Input):
    alert_id: RowId


class AlertChange(AlertCondition, OneAlert):
    name: NonEmpty = Field("", max_length=MOST_NAME)
    metric: AlertRule.Metric = Field(AlertRule.Metric.COUNT, strict=False)
    expected_version: Version = None


@operators.operation(needs=FLAG, writes=True, rest="PATCH alerts/<int:alert_id>")
def telemetry_alert_update(caller: Caller, data: AlertChange) -> AlertRow:
    """Change an alert; what is absent stays. One that fires is resolved and looked at anew.

    Errors: VALIDATION_ERROR, NOT_FOUND, VERSION_CONFLICT, CONFLICT.
    Event: alert.updated, alert.resolved.
    """
    given = data.model_dump(mode="json", exclude={"alert_id", "expected_version"}, exclude_unset=True)
    return alert_row(alert_rules.update(caller, data.alert_id, expected_version=data.expected_version, **given))


class DeletedAlert(TypedDict):
    alert_id: int
    deleted: bool


@operators.operation(needs=FLAG, writes=True, destructive=True, rest="DELETE alerts/<int:alert_id>")
def telemetry_alert_delete(caller: Caller, data: OneAlert) -> DeletedAlert:
    """Delete an alert; one that fires is resolved.

    Errors: VALIDATION_ERROR, NOT_FOUND.
    Event: alert.deleted, alert.resolved.
    """
    alert_rules.delete(caller, data.alert_id)
    return {"alert_id": data.alert_id, "deleted": True}


@operators.operation(needs=FLAG, writes=True, own_transactions=True, rest="POST alerts/evaluate")
def telemetry_alert_evaluate(caller: Caller, data: NoInput) -> AlertList:
    """Look at every enabled alert now instead of within the minute.

    Event: alert.fired, alert.resolved.
    """
    return {"items": [alert_row(rule) for rule in alerts.evaluate(caller)]}
