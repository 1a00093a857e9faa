"""Prometheus text from counters, histograms and gauges."""

import pytest

from pulse_project.core import metrics


@pytest.fixture(autouse=True)
def _own_instruments(monkeypatch):
    monkeypatch.setattr(metrics, "_instruments", {})


def test_a_counter_has_one_line_per_combination_of_labels():
    calls = metrics.counter("calls_total", "Calls.", "operation", "outcome")
    calls.add("inbox_pull", "ok")
    calls.add("inbox_pull", "ok")
    calls.add("inbox_pull", "NOT_FOUND")
    assert metrics.exposition().splitlines() == [
        "# HELP calls_total Calls.",
        "# TYPE calls_total counter",
        'calls_total{operation="inbox_pull",outcome="NOT_FOUND"} 1',
        'calls_total{operation="inbox_pull",outcome="ok"} 2',
    ]


def test_a_histogram_counts_cumulatively():
    spent = metrics.histogram("seconds", "Time.")
    for seconds in (0.0005, 0.02, 99.0):
        spent.observe(seconds=seconds)
    lines = metrics.exposition().splitlines()
    assert 'seconds_bucket{le="0.001"} 1' in lines
    assert 'seconds_bucket{le="0.025"} 2' in lines
    assert lines[-3:] == ['seconds_bucket{le="+Inf"} 3', "seconds_sum 99.0205", "seconds_count 3"]


def test_a_gauge_is_read_at_the_scrape():
    numbers = iter([1, 2_000_001])
    metrics.gauge("depth", "Depth.", lambda: next(numbers))
    assert "depth 1\n" in metrics.exposition()
    assert "depth 2000001\n" in metrics.exposition()


def test_label_values_are_escaped():
    metrics.gauge("odd", "Odd.", lambda: [({"name": 'a"b\\c\nd'}, 1)])
    assert r'odd{name="a\"b\\c\nd"} 1' in metrics.exposition()
