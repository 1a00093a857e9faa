"""What metrics read equals the events, whatever came in; and a cell that does not is found and put right."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pulse_project.core import clock
from telemetry.instants import Level
from tests.conftest import run
from tests.telemetry.events import NOW_US, event

pytestmark = pytest.mark.django_db

DAY_US = 86_400_000_000
STAMPS = [
    "2026-01-10T10:00:00-05:00", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-03-01 10:00:00", "junk", "2026",
    "20260110T101010Z", "2026-01-10T10:59:59Z", "2026-02-28T01:00:00+02:00", None, "2027-05-05T00:00:00Z",
    "2026-01-10Tlate", "0001-01-01T00:00:00Z", "a much longer text that is no time",
]  # fmt: skip
TABLES = ["count", "stopreason", "phase", "verification", "duration"]


@pytest.fixture(autouse=True)
def _small(frozen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and stretches so small that there are several."""
    from telemetry.recount import hours

    monkeypatch.setattr(hours, "PAGE_ROWS", 7)
    monkeypatch.setattr(hours, "MOST_EVENTS", 20)


def every_kind(stamp: str | None, number: int) -> list[dict[str, Any]]:
    return [
        event("phase.close", stamp, phase=number % 3, tasks_done=number, n=number),
        event("task.close", stamp, phase=str(number % 2), task_id=number),
        event("workflow.next.stop_reason", stamp, stop_reason=f"r{number % 2}", n=number),
        event("verification.completed", stamp, target=f"t{number % 3}", passed=number % 2 == 0, checks_total=number),
        event("note", stamp, duration_ms=number * 10, n=number),
        event("verification.completed", stamp, version=2, n=number),
    ]


@pytest.fixture
def filled(store: Callable[..., Any]) -> None:
    """Every kind of event with every stamp, not in the order of time, some of them twice."""
    for number, stamp in enumerate(STAMPS):
        store(*every_kind(stamp, number), source="ci" if number % 2 else "")
    store(*every_kind(STAMPS[0], 0))
    store(*every_kind(STAMPS[7], 7), source="ci")


@pytest.fixture
def pruned(filled: None, store: Callable[..., Any], operator: Any, frozen: Any) -> None:
    """Of what is filled, retention has deleted parts of each type; later events have come on both sides of it."""
    for event_type, days in (("note", 100), ("phase.close", 200), ("verification.completed", 230)):
        run("telemetry_retention_create", operator, event_type=event_type, keep_days=days)
    frozen.advance(3600)
    assert run("telemetry_retention_run", operator, dry_run=False)["total_deleted"] > 10
    for days in (150, 220, 300, 0):
        stamp = clock.iso(NOW_US - days * DAY_US)
        store(*every_kind(stamp, days))


def recount(operator: Any, **over: Any) -> dict[str, Any]:
    return run("telemetry_recount", operator, **over)


def change(statement: str) -> int:
    from pulse_project.core import db
    from pulse_project.core.statements import execute

    with db.write_tx():
        return int(execute(statement).rowcount)


def test_an_empty_store_has_nothing_to_recount(operator: Any) -> None:
    assert recount(operator) == {"events": 0, "cells": 0, "differences": 0, "repaired": False, "items": []}


def test_metrics_equal_the_events_after_duplicates_disorder_and_junk(filled: None, operator: Any) -> None:
    from telemetry.models import Event

    report = recount(operator)
    assert report["items"] == []
    assert report["events"] == Event.objects.count() == len(STAMPS) * 6
    assert report["cells"] > 300


def test_metrics_equal_the_events_that_have_ids_of_their_own(store: Any, operator: Any) -> None:
    from pulse_project.core import db
    from telemetry import foreign
    from telemetry import store as telemetry_store
    from telemetry.record import record_of

    key = foreign.key_of("key", "ci", "order-1")
    again = [
        record_of(event("note", f"2026-01-0{day}T00:00:00Z", n=1), received_us=NOW_US, foreign_key=key)
        for day in (1, 2, 3)
    ]
    for record in again:
        db.write_here(telemetry_store.write, [record])
    report = recount(operator)
    assert (report["events"], report["items"]) == (1, [])


def test_metrics_equal_the_events_without_bucket(
    store: Callable[..., Any], operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import store as telemetry_store
    from telemetry.models import Event, Stamp

    monkeypatch.setattr(telemetry_store, "MOST_BUCKETS", 2)
    store(*(one for number in range(8) for one in every_kind(f"junk {number} and more of it", number)))
    assert Event.objects.filter(stamp__gte=Stamp.BUCKETLESS).exists()
    assert recount(operator)["items"] == []


def test_metrics_equal_the_events_whose_names_are_not_counted(
    store: Callable[..., Any], operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import labels
    from telemetry.models import Label

    monkeypatch.setattr(labels, "MOST_A_DAY", 4)
    store(*(event(f"type {n}", n=n, duration_ms=n) for n in range(8)))
    store(*(event("verification.completed", target=f"target {n}", passed=True) for n in range(8)))
    assert Label.objects.filter(is_counted=False).exists()
    assert recount(operator)["items"] == []


def test_metrics_equal_what_retention_has_left(pruned: None, operator: Any) -> None:
    assert recount(operator)["items"] == []


def test_a_repair_after_retention_changes_nothing(pruned: None, operator: Any) -> None:
    before = [run(name, operator) for name in ("metrics_counts", "metrics_phases", "metrics_verification")]
    assert recount(operator, repair=True)["repaired"] is False
    assert [run(name, operator) for name in ("metrics_counts", "metrics_phases", "metrics_verification")] == before


def test_uncounted_types_that_retention_took_are_not_missed(
    store: Callable[..., Any], operator: Any, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import labels

    monkeypatch.setattr(labels, "MOST_A_DAY", 2)
    store(*(event(f"type {n}", clock.iso(NOW_US - n * DAY_US), n=n) for n in range(8)))
    run("telemetry_retention_create", operator, event_type="type 6", keep_days=2)
    run("telemetry_retention_run", operator, dry_run=False)
    assert recount(operator)["items"] == []


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("table", TABLES)
def test_a_wrong_cell_is_found_and_put_right(filled: None, operator: Any, table: str, level: int) -> None:
    measure = {"phase": "closes", "verification": "runs"}.get(table, "n")
    assert change(f"UPDATE telemetry_{table} SET {measure} = {measure} + 5 WHERE level = {level} AND text >= '2026'")  # noqa: S608
    found = recount(operator, repair=True)
    assert {item["rollup"] for item in found["items"]} >= {table}
    assert recount(operator)["items"] == []


@pytest.mark.parametrize("level", [Level.YEAR, Level.FIVE_DAYS, Level.DAY, Level.HOUR])
@pytest.mark.parametrize("table", TABLES)
def test_a_lost_cell_is_found_and_put_back(filled: None, operator: Any, table: str, level: int) -> None:
    before = [run(name, operator) for name in ("metrics_counts", "metrics_phases", "metrics_verification")]
    assert change(f"DELETE FROM telemetry_{table} WHERE level = {level}")  # noqa: S608
    assert recount(operator, repair=True)["differences"] > 0
    assert [run(name, operator) for name in ("metrics_counts", "metrics_phases", "metrics_verification")] == before


@pytest.mark.parametrize(
    "fault", ["UPDATE telemetry_verificationday SET runs = runs + 1", "DELETE FROM telemetry_verificationday",
              "DELETE FROM telemetry_zone", "UPDATE telemetry_zone SET first_us = last_us"],
)  # fmt: skip
def test_a_wrong_day_or_zone_is_found_and_put_right(filled: None, operator: Any, fault: str) -> None:
    before = run("metrics_verification", operator)
    assert change(fault)
    assert recount(operator, repair=True)["differences"] > 0
    assert (recount(operator)["items"], run("metrics_verification", operator)) == ([], before)


@pytest.mark.parametrize("hour", [-7, 491_000, 2_000_000_000])
def test_a_cell_that_no_event_made_is_found_and_removed(filled: None, operator: Any, hour: int) -> None:
    insert = "INSERT INTO telemetry_count (level, text, utc, type_id, source_id, version, n)"
    change(f"{insert} VALUES (13, '2026-01-01T00', {hour}, 1, 1, 1, 9)")
    found = recount(operator, repair=True)["items"]
    assert [(item["stored"], item["expected"]) for item in found if item["level"] == "hour"] == [({"n": 9}, None)]
    assert recount(operator)["items"] == []


def test_a_look_without_repair_changes_nothing(filled: None, operator: Any) -> None:
    change("UPDATE telemetry_count SET n = n + 1 WHERE level = 13")
    assert recount(operator) == recount(operator)


def test_hours_that_retention_emptied_keep_what_they_count(pruned: None, operator: Any) -> None:
    from telemetry.models import Count

    counted = Count.objects.filter(level=4).order_by("row_key").values_list("row_key", "n")
    before = list(counted)
    change("UPDATE telemetry_count SET n = n + 7 WHERE level = 4")
    recount(operator, repair=True)
    assert list(counted) == before


def test_a_list_of_differences_is_bounded(filled: None, operator: Any) -> None:
    change("UPDATE telemetry_count SET n = n + 1")
    report = recount(operator)
    assert report["differences"] > 100
    assert len(report["items"]) == 100


def test_events_that_come_during_a_recount_are_no_difference(
    filled: None, store: Callable[..., Any], operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry.recount import hours

    read, numbers = hours.Stretch.read, iter(range(1000, 2000))

    def and_store(stretch: Any) -> None:
        read(stretch)
        number = next(numbers)
        store(*every_kind(STAMPS[number % len(STAMPS)], number))

    monkeypatch.setattr(hours.Stretch, "read", and_store)
    report = recount(operator)
    assert report["items"] == []
    assert next(numbers) > 1002


def test_a_repair_is_told(filled: None, operator: Any) -> None:
    from pulse_project.core.models import DomainEvent

    recount(operator, repair=True)
    change("UPDATE telemetry_count SET n = 0 WHERE level = 4")
    report = recount(operator, repair=True)
    told = DomainEvent.objects.get(type="telemetry.repaired")
    assert told.payload == {"differences": report["differences"]}


def test_the_command_prints_the_report(filled: None) -> None:
    from telemetry.admin_commands import recount as command

    assert json.loads(command({"repair": False}))["differences"] == 0
