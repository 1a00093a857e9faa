"""Figures over time have every bucket, percentiles lie within one per cent, and refusals are counted."""

import math
import random
from typing import Any

import pytest

from pulse_project.core import clock
from pulse_project.core import db as database
from telemetry import journal
from tests.conftest import run
from tests.telemetry.events import NOW_US, event

pytestmark = pytest.mark.django_db

DAY = {"from": "2026-09-01T00:00:00Z", "to": "2026-09-02T00:00:00Z"}


def test_hours_without_events_are_zero(store: Any, operator: Any, frozen: Any) -> None:
    store(event(timestamp="2026-09-01T01:30:00Z"), event(timestamp="2026-09-01T05:00:00+02:00"))
    answer = run("metrics_series", operator, interval="hour", **DAY)
    assert (answer["buckets"][0], len(answer["buckets"])) == ("2026-09-01T00:00:00Z", 24)
    (line,) = answer["series"]
    assert [hour for hour, count in enumerate(line["counts"]) if count] == [1, 3]


def test_days_that_are_cut_count_their_part_only(store: Any, operator: Any, frozen: Any) -> None:
    stamps = ["2026-08-30T11:59:59Z", "2026-08-30T12:00:00Z", "2026-08-31T08:00:00Z", "2026-09-01T00:10:00Z",
              "2026-09-01T00:20:00Z"]  # fmt: skip
    store(*(event(timestamp=stamp) for stamp in stamps))
    span = {"from": "2026-08-30T12:00:00Z", "to": "2026-09-01T00:15:00Z"}
    answer = run("metrics_series", operator, interval="day", **span)
    assert answer["buckets"] == ["2026-08-30T00:00:00Z", "2026-08-31T00:00:00Z", "2026-09-01T00:00:00Z"]
    assert answer["series"][0]["counts"] == [1, 1, 1]


def test_the_most_frequent_keys_have_lines_and_the_rest_is_one(
    store: Any, operator: Any, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry.metrics import series

    monkeypatch.setattr(series, "MOST_KEYS", 1)
    store(event("a"), event("b", n=1), event("b", n=2), event("c"))
    lines = run("metrics_series", operator, interval="day", by="type", **DAY)["series"]
    assert [(line["key"], sum(line["counts"])) for line in lines] == [("b", 2), ("__other__", 2)]


def test_too_many_buckets_are_refused_with_what_to_do(operator: Any) -> None:
    refused = run("metrics_series", operator, interval="hour", **{"from": "2020-01-01", "to": "2026-01-01"})
    assert (refused["code"], "interval day" in refused["error"]) == ("VALIDATION_ERROR", True)


def test_a_span_that_ends_before_it_begins_is_refused(operator: Any) -> None:
    refused = run("metrics_series", operator, **{"from": "2026-02-01", "to": "2026-01-01"})
    assert refused["code"] == "VALIDATION_ERROR"


def test_a_trend_has_no_rate_without_runs(store: Any, operator: Any, frozen: Any) -> None:
    for number in range(4):
        store(event("verification.completed", target="api", passed=number > 0, n=number))
    trend = run("metrics_verification_series", operator, interval="hour", target="api", **DAY)
    assert (trend["runs"][10], trend["passed"][10], trend["pass_rate"][10]) == (4, 3, 0.75)
    assert trend["pass_rate"][11] is None


def test_percentiles_lie_within_one_per_cent(store: Any, operator: Any) -> None:
    pick = random.Random(3)
    values = [round(pick.lognormvariate(5, 2), 3) for _ in range(800)]
    store(*(event("step", n=number, duration_ms=value) for number, value in enumerate(values)))
    found = run("metrics_durations", operator)["durations"][0]
    ordered = sorted(values)
    for share, name in ((0.5, "p50"), (0.9, "p90"), (0.99, "p99")):
        exact = ordered[math.ceil(share * len(ordered)) - 1]
        assert found[name] == pytest.approx(exact, rel=0.0101)


@pytest.mark.parametrize("value", ["12", True, -1, None, [1]])
def test_what_is_no_duration_has_no_percentile(store: Any, operator: Any, value: Any) -> None:
    store(event("step", duration_ms=value))
    assert run("metrics_durations", operator)["count"] == 0


def test_no_time_at_all_is_a_duration(store: Any, operator: Any) -> None:
    store(event("step", duration_ms=0))
    assert run("metrics_durations", operator)["p50"] == 0


def test_durations_of_a_type_in_a_span(store: Any, operator: Any, frozen: Any) -> None:
    store(
        event("a", duration_ms=10), event("b", duration_ms=1000), event("a", "2026-08-01T00:00:00Z", duration_ms=5000)
    )
    found = run("metrics_durations", operator, type="a", **DAY)
    assert found["count"] == 1
    assert found["p50"] == pytest.approx(10, rel=0.01)


def test_duplicates_and_refusals_are_counted_by_the_hour_of_receipt(store: Any, operator: Any) -> None:
    with clock.frozen_at(NOW_US):
        store(event())
        store(event())
        journal.refuse("version must be an integer", count=3)
        database.write_here(journal.write)
    found = run("metrics_outcomes", operator, **DAY)
    assert (found["accepted"], found["duplicates"], found["rejected"]) == (1, 1, 3)
    assert found["reasons"] == [{"reason": "version must be an integer", "count": 3}]


def test_outcomes_of_another_day_are_left_out(store: Any, operator: Any) -> None:
    with clock.frozen_at(NOW_US):
        store(event())
        database.write_here(journal.write)
    assert run("metrics_outcomes", operator, since="2026-09-02")["accepted"] == 0
