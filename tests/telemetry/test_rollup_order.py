"""A store of before is put in order with its content: the migrations forward, back and forward again."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from telemetry.instants import Level
from telemetry.models import Phase
from telemetry.rollups.tables import BUCKETED, VERIFICATION_DAYS, Rollup
from tests.conftest import run
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db

migration = import_module("telemetry.migrations.0004_rollups_by_hour")
of_days = import_module("telemetry.migrations.0005_verification_days_by_target")
DAYS = (1, 4, 5, 9, 10, 24, 25, 28, 29)
STAMPS = [
    *(f"2024-{month:02}-{day:02}T10:00:00Z" for month in (1, 2, 12) for day in DAYS),
    *(f"2024-{month:02}-{day:02}T23:00:00-14:00" for month in (1, 2, 12) for day in DAYS),
    "2025-01-30T23:00:00Z", "2025-01-31T23:00:00-05:00", "junk", "2024-01-1",
]  # fmt: skip
KINDS: dict[str, dict[str, Any]] = {
    "phase.close": {"phase": 1, "tasks_done": 3},
    "task.close": {"phase": 1, "duration_ms": 5},
    "workflow.next.stop_reason": {"stop_reason": "done"},
    "verification.completed": {"target": "api", "passed": True, "checks_total": 2, "checks_passed": 1},
}


@pytest.fixture
def filled(store: Callable[..., Any], operator: Any) -> None:
    for number, stamp in enumerate(STAMPS):
        store(*(event(kind, stamp, n=number, **payload) for kind, payload in KINDS.items()))
    assert run("telemetry_recount", operator)["items"] == []


def moved(step: Callable[[Any, Any], None]) -> None:
    """Run one half of the migration; SQLite's schema editor would refuse to work inside the test's transaction."""
    with connection.cursor() as cursor:
        step(None, SimpleNamespace(connection=connection, execute=cursor.execute))


def cells(rollup: Rollup) -> list[tuple[Any, ...]]:
    columns = ", ".join((*rollup.prefix, *rollup.keys, *rollup.measures))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {rollup.table} ORDER BY {columns}")  # noqa: S608 - names from the code
        return cursor.fetchall()


def test_cells_of_five_days_are_made_from_those_of_days(filled: None, operator: Any) -> None:
    before = [cells(rollup) for rollup in BUCKETED]
    moved(migration.by_text)
    assert not Phase.objects.filter(level=Level.FIVE_DAYS).exists()
    moved(migration.by_hour)
    assert [cells(rollup) for rollup in BUCKETED] == before


def test_figures_are_the_same_before_and_after(filled: None, operator: Any) -> None:
    def figures() -> list[Any]:
        return [
            run(f"metrics_{name}", operator, since="2024-02-04T09") for name in ("counts", "phases", "verification")
        ]

    before = figures()
    moved(migration.by_text)
    moved(migration.by_hour)
    assert figures() == before


def test_a_store_that_went_back_takes_events(filled: None, store: Callable[..., Any], operator: Any) -> None:
    moved(migration.by_text)
    moved(migration.by_hour)
    store(event("phase.close", "2024-02-04T11:00:00Z", phase=2, n=-1))
    assert run("telemetry_recount", operator)["items"] == []


def test_days_are_the_same_in_either_order(filled: None, operator: Any) -> None:
    before = cells(VERIFICATION_DAYS)
    moved(of_days.by_day)
    assert cells(VERIFICATION_DAYS) == before
    moved(of_days.by_target)
    assert cells(VERIFICATION_DAYS) == before
    assert run("telemetry_recount", operator)["items"] == []
