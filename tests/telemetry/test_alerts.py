"""Alerts watch a metric, and tell once when their condition begins and ceases to hold."""

from collections.abc import Callable
from typing import Any

import pytest

from pulse_project.core import clock
from tests.conftest import run
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db

MINUTE_US = 60_000_000


@pytest.fixture(autouse=True)
def _noon(frozen: Any) -> None:
    """Time stands still unless a test moves it."""


@pytest.fixture
def watch(operator: Any) -> Callable[..., dict[str, Any]]:
    """`watch("count", threshold=2) -> AlertRow`."""

    def make(metric: str, **condition: Any) -> dict[str, Any]:
        return run("telemetry_alert_create", operator, **{"name": metric, "metric": metric, **condition})

    return make


@pytest.fixture
def look(operator: Any) -> Callable[[], tuple[float | None, bool]]:
    """Look at the only alert: its value, and whether it fires."""

    def evaluate() -> tuple[float | None, bool]:
        (row,) = run("telemetry_alert_evaluate", operator)["items"]
        return row["value"], row["is_firing"]

    return evaluate


def minutes_ago(minutes: float) -> str:
    return clock.iso(clock.now_us() - int(minutes * MINUTE_US)) or ""


def told() -> list[str]:
    from pulse_project.core.models import DomainEvent

    return list(DomainEvent.objects.filter(type__startswith="alert.").order_by("seq").values_list("type", flat=True))


def test_a_count_fires_above_its_threshold(watch: Any, look: Any, store: Callable[..., Any]) -> None:
    watch("count", comparison="above", threshold=2, event_type="error", window_minutes=10)
    store(*(event("error", minutes_ago(age), age=age) for age in (0, 5, 9.9, 10.1)), event("note", minutes_ago(1)))
    assert look() == (3, True)


def test_a_count_fires_below_its_threshold(watch: Any, look: Any, store: Callable[..., Any]) -> None:
    watch("count", threshold=2, source="ci")
    store(event(timestamp=minutes_ago(1)), source="ci")
    store(event(timestamp=minutes_ago(2)), source="cd")
    assert look() == (1, True)


@pytest.mark.parametrize("comparison", ["above", "below"])
def test_a_value_at_the_threshold_is_neither_above_nor_below(
    watch: Any, look: Any, store: Callable[..., Any], comparison: str
) -> None:
    watch("count", comparison=comparison, threshold=1)
    store(event(timestamp=minutes_ago(1)))
    assert look() == (1, False)


def test_a_pass_rate_fires_for_its_target(watch: Any, look: Any, store: Callable[..., Any]) -> None:
    watch("pass_rate", threshold=0.9, target="api", window_minutes=180)
    runs = [("api", True), ("api", True), ("api", False), ("web", False)]
    store(*(event("verification.completed", minutes_ago(n * 50), target=t, passed=p) for n, (t, p) in enumerate(runs)))
    assert look() == (0.6667, True)


def test_without_runs_there_is_no_rate_and_no_change(
    watch: Any, look: Any, store: Callable[..., Any], frozen: Any
) -> None:
    watch("pass_rate", threshold=0.5)
    assert look() == (None, False)
    store(event("verification.completed", minutes_ago(0), target="api", passed=False))
    assert look() == (0.0, True)
    frozen.advance(2 * 3600)
    assert look() == (None, True)


def test_a_duration_fires_by_its_ninetieth_percentile(watch: Any, look: Any, store: Callable[..., Any]) -> None:
    watch("duration_p90", comparison="above", threshold=85, event_type="job", window_minutes=120)
    store(*(event("job", minutes_ago(n), duration_ms=n) for n in range(1, 101)), event("other", duration_ms=10**6))
    value, is_firing = look()
    assert value == pytest.approx(90, rel=0.01)
    assert is_firing


def test_silence_fires_when_nothing_came(watch: Any, look: Any, store: Callable[..., Any], frozen: Any) -> None:
    watch("silence", source="ci", window_minutes=5)
    store(event(timestamp=minutes_ago(1)), source="ci")
    assert look() == (1, False)
    frozen.advance(5 * 60)
    assert look() == (0, True)


@pytest.mark.parametrize("condition", [{"event_type": "unseen"}, {"source": "unseen"}])
@pytest.mark.parametrize("metric", ["silence", "count"])
def test_names_that_never_came_count_nothing(watch: Any, look: Any, metric: str, condition: dict[str, str]) -> None:
    watch(metric, **condition)
    assert look()[0] == 0


def test_an_alert_tells_each_change_once(watch: Any, look: Any, store: Callable[..., Any], frozen: Any) -> None:
    watch("silence", window_minutes=5)
    for _ in range(3):
        look()
    store(event(timestamp=minutes_ago(0)))
    look()
    look()
    frozen.advance(600)
    look()
    assert told() == ["alert.created", "alert.fired", "alert.resolved", "alert.fired"]


def test_a_change_tells_rule_value_and_threshold(watch: Any, look: Any) -> None:
    from pulse_project.core.models import DomainEvent

    row = watch("count", threshold=3)
    look()
    fired = DomainEvent.objects.get(type="alert.fired")
    assert (fired.entity_kind, fired.entity_id, fired.to_status) == ("alert", str(row["alert_id"]), "firing")
    wanted = {"name": "count", "value": 0.0, "threshold": 3.0, "window_minutes": 60, "comparison": "below"}
    assert wanted.items() <= fired.payload.items()


def test_the_leader_looks_at_alerts(watch: Any) -> None:
    from telemetry.subscribers import look_at_alerts

    watch("silence")
    look_at_alerts()
    assert told() == ["alert.created", "alert.fired"]


def test_a_disabled_alert_is_not_looked_at(watch: Any, operator: Any) -> None:
    watch("silence", is_enabled=False)
    assert run("telemetry_alert_evaluate", operator)["items"] == []


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"window_minutes": 7}, {"name": "other"}])
def test_a_changed_alert_is_resolved_and_begins_anew(watch: Any, look: Any, operator: Any, change: Any) -> None:
    row = watch("silence")
    look()
    changed = run("telemetry_alert_update", operator, alert_id=row["alert_id"], **change)
    assert (changed["is_firing"], changed["value"], changed["version"]) == (False, None, 2)
    assert told()[1:] == ["alert.fired", "alert.resolved", "alert.updated"]


def test_what_is_absent_from_a_change_stays(watch: Any, operator: Any) -> None:
    row = watch("pass_rate", threshold=0.5, target="api")
    changed = run("telemetry_alert_update", operator, alert_id=row["alert_id"], threshold=0.8)
    assert changed == {**row, "threshold": 0.8, "version": 2}


def test_a_change_of_an_older_version_is_refused(watch: Any, operator: Any) -> None:
    alert_id = watch("count")["alert_id"]
    change = {"alert_id": alert_id, "threshold": 1, "expected_version": 1}
    run("telemetry_alert_update", operator, **change)
    assert run("telemetry_alert_update", operator, **change)["code"] == "VERSION_CONFLICT"


def test_a_look_at_an_older_version_does_not_undo_a_change(
    watch: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import alerts

    alert_id = watch("silence")["alert_id"]

    def changed_meanwhile(_rule: Any) -> float:
        run("telemetry_alert_update", operator, alert_id=alert_id, is_enabled=False)
        return 0.0

    monkeypatch.setattr(alerts, "value_of", changed_meanwhile)
    alerts.evaluate(operator)
    assert "alert.fired" not in told()


def test_a_deleted_alert_is_resolved_and_gone(watch: Any, look: Any, operator: Any) -> None:
    alert_id = watch("silence")["alert_id"]
    look()
    run("telemetry_alert_delete", operator, alert_id=alert_id)
    assert told()[1:] == ["alert.fired", "alert.resolved", "alert.deleted"]
    assert run("telemetry_alert_delete", operator, alert_id=alert_id)["code"] == "NOT_FOUND"


def test_names_are_unique_and_rules_bounded(watch: Any, operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import alert_rules

    monkeypatch.setattr(alert_rules, "MOST_RULES", 2)
    made = [watch("count"), watch("count"), watch("silence"), watch("pass_rate")]
    assert [row.get("code") for row in made] == [None, "CONFLICT", None, "CONFLICT"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "latency"}, {"metric": None}, {"comparison": "equal"}, {"threshold": -1}, {"threshold": "1"},
        {"threshold": float("nan")}, {"threshold": float("inf")}, {"window_minutes": 0}, {"window_minutes": 43_201},
        {"window_minutes": 1.5}, {"name": ""}, {"name": "x" * 101}, {"name": "a\x00"}, {"source": "x" * 257},
        {"event_type": "\ud800"}, {"target": "api"}, {"metric": "pass_rate", "threshold": 1.1},
        {"metric": "pass_rate", "event_type": "note"}, {"metric": "silence", "threshold": 3},
        {"metric": "silence", "comparison": "above"}, {"is_enabled": "yes"}, {"is_firing": True},
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_alert_is_refused(watch: Any, operator: Any, wrong: dict[str, Any]) -> None:
    assert watch(**{"metric": "count", "name": "n", **wrong})["code"] == "VALIDATION_ERROR"
    assert run("telemetry_alert_list", operator)["items"] == []
