"""Figures from rollups equal figures computed from the events, for every window."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.instants import LEVELS, name_of, starts_of
from telemetry.rollups.contributions import every_level
from telemetry.rollups.tables import COUNTS
from tests.conftest import run
from tests.telemetry.events import event

STAMPS = [
    "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-01T00:30:00.5Z", "2026-01-09T09:00:00+00:00",
    "2026-01-10T10:00:00-05:00", "2026-01-31T23:00:00Z", "2026-02-28T01:00:00+02:00", "2026-03-01 10:00:00", "junk",
    "2026", "2026-01-10T10:59:59Z", "20260110T101010Z", "2026-01-14T23:59:59Z", "2026-01-15T00:00:00Z", "2026-01-1",
    "2026-01-1!", "2026-01-1x", "2026-01-04", "2026-01-05T12:00:00Z", "2026-01-10T1T",
]  # fmt: skip
CUTS = ["", "2", "2026", "2026-01", "2026-01-0", "2026-01-10", "2026-01-10T", "2026-01-10T10", "2026-01-10T10:30",
        "2026-01-01T00:30:00",
        "2026-01-1", "2026-01-1!", "2026-01-14", "2026-01-14T23:59:59", "2026-01-15", "2026-01-15T00", "2026-01-1y",
        "2026-01-04T", "2026-03-01 09", "2026-03-01!", "jun", "junk", "zzz", "2026-01-10T10:00:00-05:00"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("since", CUTS)
def test_counts_since_a_text_equal_a_look_at_every_event(store: Any, operator: Any, since: str) -> None:
    store(*(event(f"t{number % 3}", stamp, n=number) for number, stamp in enumerate(STAMPS)))
    groups = run("metrics_counts", operator, since=since)["groups"]
    expected = Counter(f"t{number % 3}" for number, stamp in enumerate(STAMPS) if stamp >= since)
    assert {group["key"]: group["count"] for group in groups} == dict(expected)


@pytest.mark.django_db
@pytest.mark.parametrize("since", CUTS)
def test_verification_days_since_a_text_equal_a_look_at_every_event(store: Any, operator: Any, since: str) -> None:
    store(
        *(
            event("verification.completed", stamp, n=number, passed=number % 2 == 0)
            for number, stamp in enumerate(STAMPS)
        )
    )
    figures = run("metrics_verification", operator, since=since)
    expected = Counter(stamp.partition("T")[0] for stamp in STAMPS if stamp >= since)
    assert {row["day"]: row["runs"] for row in figures["over_time"]} == dict(expected)
    assert figures["runs"] == sum(expected.values())


INSTANTS = st.integers(min_value=0, max_value=3 * 366 * 24 * 60).map(lambda minutes: 1_700_000_000 + minutes * 60)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=st.lists(INSTANTS, max_size=25), start=INSTANTS, end=INSTANTS)
def test_counts_between_instants_equal_a_look_at_every_event(
    store: Any, operator: Any, moments: list[int], start: int, end: int
) -> None:
    from pulse_project.core import clock
    from telemetry.models import Count, Event

    Event.objects.all().delete()
    Count.objects.all().delete()
    with clock.frozen_at((1_700_000_000 + 4 * 366 * 86_400) * 1_000_000):
        if moments:
            store(*(event("t", clock.iso(at * 1_000_000), n=number) for number, at in enumerate(moments)))
        spans = {"from": clock.iso(start * 1_000_000), "to": clock.iso(end * 1_000_000)}
        found = run("metrics_counts", operator, **spans)["total"]
    assert found == sum(start <= at < end for at in moments)


@given(hours=st.dictionaries(st.tuples(st.sampled_from(STAMPS), st.integers(0, 24 * 366 * 60)), st.just(3), max_size=9))
def test_every_level_adds_up_the_hours_in_each_of_its_buckets(hours: dict[tuple[str, int], int]) -> None:
    cells = {(stamp[:13], hour, 1, 2, 3): [count] for (stamp, hour), count in hours.items()}
    expected: Counter[tuple[Any, ...]] = Counter()
    for (text, hour, *keys), [count] in cells.items():
        for level, start in zip(LEVELS, starts_of(hour), strict=True):
            expected[int(level), name_of(level, text), start, *keys] += count
    assert every_level(COUNTS, cells) == {key: [count] for key, count in expected.items()}
