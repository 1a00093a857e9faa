"""Alert rules as operators make and change them. Every function runs inside `db.write_tx()`."""

import math
from typing import Any, Final, TypedDict, Unpack

from django.db import IntegrityError, transaction

from pulse_project.core import clock, identity, names, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller
from telemetry import alerts
from telemetry.models import AlertRule

MOST_RULES: Final = 200
MOST_NAME: Final = 100
MOST_MINUTES: Final = 30 * 24 * 60

Metric = AlertRule.Metric


class AlertFields(TypedDict, total=False):
    """What can be said about a rule; what is absent stays. "" in a filter = any."""

    name: str
    metric: str
    comparison: str
    threshold: float
    window_minutes: int
    event_type: str
    source: str
    target: str
    is_enabled: bool


def create(caller: Caller, **fields: Unpack[AlertFields]) -> AlertRule:
    """A new rule, first looked at within a minute. Event: alert.created. Errors: VALIDATION_ERROR, CONFLICT."""
    if AlertRule.objects.count() >= MOST_RULES:
        raise Failure(Code.CONFLICT, f"There are {MOST_RULES} alerts already. Delete one first.", most=MOST_RULES)
    rule = AlertRule(**fields)
    _check(rule)
    _save(rule)
    _announce("alert.created", caller, rule)
    return rule


def update(
    caller: Caller, alert_id: int, *, expected_version: int | None = None, **fields: Unpack[AlertFields]
) -> AlertRule:
    """Change what is given; a rule that fires begins anew. Events: alert.updated, alert.resolved.

    Errors: NOT_FOUND, VERSION_CONFLICT, VALIDATION_ERROR, CONFLICT.
    """
    rule = _locked(alert_id)
    identity.demand_version(expected_version, rule.revision, "alert")
    for name, value in fields.items():
        setattr(rule, name, value)
    _check(rule)
    rule.revision += 1
    _resolve(caller, rule)
    rule.last_value = None
    _save(rule)
    _announce("alert.updated", caller, rule, changed=sorted(fields))
    return rule


def delete(caller: Caller, alert_id: int) -> None:
    """Events: alert.deleted, and alert.resolved when it fires. Errors: NOT_FOUND."""
    rule = _locked(alert_id)
    _resolve(caller, rule)
    _announce("alert.deleted", caller, rule)
    rule.delete()


def _locked(alert_id: int) -> AlertRule:
    rule = AlertRule.objects.select_for_update().filter(pk=alert_id).first()
    if rule is None:
        raise Failure(Code.NOT_FOUND, "No such alert.", alert_id=alert_id)
    return rule


def _save(rule: AlertRule) -> None:
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError as error:
        raise Failure(Code.CONFLICT, "An alert of that name exists.", field="name") from error


def _resolve(caller: Caller, rule: AlertRule) -> None:
    if rule.is_firing:
        rule.is_firing, rule.changed_at = False, clock.now()
        alerts.announce(caller, rule)


def _check(rule: AlertRule) -> None:
    """Refuse what the metric does not know, so that no rule looks at something else than it says."""
    names.checked(rule.name, "name", limit=MOST_NAME)
    if not math.isfinite(rule.threshold) or rule.threshold < 0:
        raise _wrong("threshold", "threshold takes a number from 0 on.")
    if rule.metric == Metric.PASS_RATE:
        if rule.threshold > 1:
            raise _wrong("threshold", "A pass rate lies between 0 and 1.")
        if rule.event_type:
            raise _wrong("event_type", "pass_rate looks at verifications; name a target or a source.")
    elif rule.target:
        raise _wrong("target", "Only pass_rate takes a target.")
    if rule.metric == Metric.SILENCE and (rule.threshold or rule.comparison != AlertRule.Comparison.BELOW):
        raise _wrong("threshold", "silence takes neither threshold nor comparison: it fires when nothing came.")


def _wrong(field: str, sentence: str) -> Failure:
    return Failure(Code.VALIDATION_ERROR, sentence, field=field)


def _announce(event: str, caller: Caller, rule: AlertRule, **facts: Any) -> None:
    entity = ("alert", rule.pk)
    outbox.emit(event, caller=caller, entity=entity, revision=rule.revision, name=rule.name, **facts)
