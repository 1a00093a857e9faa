"""Looking at alert rules: the value of each rule's metric now, and an event when its state changes."""

from typing import Any, Final

from pulse_project.core import clock, db, outbox
from pulse_project.core.principals import Caller
from telemetry import labels, sketch
from telemetry.metrics import verification
from telemetry.models import AlertRule
from telemetry.rollups.contributions import ALL_TARGETS
from telemetry.rollups.reading import Reading
from telemetry.rollups.tables import DURATIONS, VERIFICATIONS
from telemetry.rollups.windows import Window

Metric = AlertRule.Metric
MINUTE_US: Final = 60_000_000
FIRED, RESOLVED = "alert.fired", "alert.resolved"
OK, FIRING = "ok", "firing"


def evaluate(caller: Caller) -> list[AlertRule]:
    """Look at every enabled rule; answers them as they are now. Events: alert.fired, alert.resolved."""
    looks = [(rule, value_of(rule)) for rule in AlertRule.objects.filter(is_enabled=True).order_by("name")]
    changed = [
        (rule, value) for rule, value in looks if value != rule.last_value or fires(rule, value) != rule.is_firing
    ]
    if changed:
        with db.write_tx():
            for rule, value in changed:
                _settle(caller, rule, value)
    return [rule for rule, _ in looks]


def value_of(rule: AlertRule) -> float | None:
    """The rule's metric in its window, which ends now; None where there is nothing to tell it from."""
    now_us = clock.now_us()
    window = Window(start_us=now_us - rule.window_minutes * MINUTE_US, end_us=now_us + 1)
    with db.read_tx():
        if rule.metric == Metric.PASS_RATE:
            return _pass_rate(rule, Reading(window, types=verification.TYPES, source=rule.source or None))
        types = (rule.event_type,) if rule.event_type else None
        reading = Reading(window, types=types, source=rule.source or None)
        if rule.metric == Metric.DURATION_P90:
            return _ninety_percent(rule, reading)
        return float(sum(number for (number,) in reading.counts([]).values()))


def _pass_rate(rule: AlertRule, reading: Reading) -> float | None:
    target_id = ALL_TARGETS
    if rule.target:
        named = labels.known(rule.target)
        if named is None:
            return None
        target_id = named.counted_id
    cells = list(reading.totals(VERIFICATIONS, [], target_id=target_id).values())
    return verification.rate(sum(cell[1] for cell in cells), sum(cell[0] for cell in cells))


def _ninety_percent(rule: AlertRule, reading: Reading) -> float | None:
    where = {}
    if rule.event_type:
        named = labels.known(rule.event_type)
        if named is None:
            return None
        where["type_id"] = named.counted_id
    bins = reading.totals(DURATIONS, ["bin"], **where)
    return sketch.percentiles(((number, measures[0]) for (number,), measures in bins.items()), [0.9])[0]


def fires(rule: AlertRule, value: float | None) -> bool:
    """Whether the rule's condition holds; without a value it stays as it is."""
    if value is None:
        return rule.is_firing
    if rule.metric == Metric.SILENCE:
        return value == 0
    is_above = rule.comparison == AlertRule.Comparison.ABOVE
    return value > rule.threshold if is_above else value < rule.threshold


def _settle(caller: Caller, rule: AlertRule, value: float | None) -> None:
    """Keep what was seen, unless the rule was edited or settled by somebody else meanwhile."""
    was_firing, is_firing = rule.is_firing, fires(rule, value)
    same = AlertRule.objects.filter(pk=rule.pk, revision=rule.revision, is_firing=was_firing, is_enabled=True)
    changes: dict[str, Any] = {"is_firing": is_firing, "last_value": value}
    if is_firing != was_firing:
        changes["changed_at"] = clock.now()
    if not same.update(**changes):
        return
    for name, changed in changes.items():
        setattr(rule, name, changed)
    if is_firing != was_firing:
        announce(caller, rule)


def announce(caller: Caller, rule: AlertRule) -> None:
    """Tell that the state of a rule has changed, in the open write transaction."""
    outbox.emit(
        FIRED if rule.is_firing else RESOLVED,
        caller=caller,
        entity=("alert", rule.pk),
        revision=rule.revision,
        from_status=OK if rule.is_firing else FIRING,
        to_status=FIRING if rule.is_firing else OK,
        name=rule.name,
        metric=rule.metric,
        comparison=rule.comparison,
        threshold=rule.threshold,
        value=rule.last_value,
        window_minutes=rule.window_minutes,
    )
