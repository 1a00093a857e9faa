"""What a process remembers of buckets with many events is what a look at their cells would tell."""

from collections.abc import Callable
from typing import Any

import pytest

from telemetry.rollups import sheets
from telemetry.rollups.contributions import PHASE_CLOSE, TASK_CLOSE
from telemetry.rollups.sheets import Shelf
from telemetry.rollups.tables import PHASES
from tests.conftest import run
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db

STAMPS = [
    "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-04T09:00:00+00:00", "2026-01-10T10:00:00-05:00",
    "2026-01-14T23:59:59Z", "2026-01-15T00:00:00Z", "2026-01-31T23:00:00Z", "2026-02-28T01:00:00+02:00", "junk", "2026",
]  # fmt: skip
WINDOWS: list[dict[str, str]] = [
    {}, {"since": "2026"}, {"since": "2026-01-0"}, {"since": "2026-01-10T10:30"}, {"since": "2026-01-15"},
    {"since": "jun"}, {"from": "2026-01-01T00:30:00Z"}, {"from": "2026-01-04T09:00:00Z", "to": "2026-01-31T23:00:01Z"},
]  # fmt: skip
METRICS = ("metrics_phases", "metrics_verification", "metrics_durations")


@pytest.fixture(autouse=True)
def _every_bucket_has_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LEAST_EVENTS", 1)


@pytest.fixture
def filled(store: Callable[..., Any]) -> None:
    for number, stamp in enumerate(STAMPS):
        store(*every_kind(stamp, number), source="ci" if number % 2 else "")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The buckets that were read from their cells."""
    found: list[Any] = []
    read = Shelf._read
    monkeypatch.setattr(Shelf, "_read", lambda shelf, buckets: found.extend(buckets) or read(shelf, buckets))
    return found


def every_kind(stamp: str, number: int) -> list[dict[str, Any]]:
    return [
        event("phase.close", stamp, phase=number % 3, tasks_done=number, n=number),
        event("task.close", stamp, phase=str(number % 2), duration_ms=number * 10),
        event("verification.completed", stamp, target=f"t{number % 3}", passed=number % 2 == 0, checks_total=number),
    ]


def figures(operator: Any, window: dict[str, str]) -> list[Any]:
    return [run(name, operator, **window) for name in METRICS]


def without_sheets(operator: Any, window: dict[str, str]) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "shelf_of", lambda *asked: None)
        return figures(operator, window)


def change(statement: str) -> None:
    from pulse_project.core import db
    from pulse_project.core.statements import execute

    with db.write_tx():
        execute(statement)


@pytest.mark.parametrize("window", WINDOWS)
def test_figures_are_those_of_the_cells(filled: None, operator: Any, reads: list[Any], window: dict[str, str]) -> None:
    expected = without_sheets(operator, window)
    assert reads == []
    assert figures(operator, window) == expected
    assert figures(operator, window) == expected


def test_a_bucket_is_read_once(filled: None, operator: Any, reads: list[Any]) -> None:
    figures(operator, {})
    assert reads
    reads.clear()
    figures(operator, {})
    assert reads == []


def test_a_bucket_is_read_anew_when_an_event_came(filled: None, store: Any, operator: Any, reads: list[Any]) -> None:
    figures(operator, {})
    reads.clear()
    store(*every_kind("2026-01-14T12:00:00Z", 8))
    assert figures(operator, {}) == without_sheets(operator, {})
    assert {text for _, text, _ in reads} == {"2026"}


def test_a_repair_puts_right_what_was_remembered(filled: None, operator: Any) -> None:
    expected = without_sheets(operator, {})
    change("UPDATE telemetry_phase SET closes = closes + 5")
    change("UPDATE telemetry_duration SET n = n + 1")
    assert figures(operator, {}) != expected
    run("telemetry_recount", operator, repair=True)
    assert figures(operator, {}) == expected


def test_a_write_transaction_uses_no_sheets() -> None:
    from pulse_project.core import db

    asked = PHASES, ["phase_id"], (PHASE_CLOSE, TASK_CLOSE)
    assert sheets.shelf_of(*asked) is not None
    with db.write_tx():
        assert sheets.shelf_of(*asked) is None


@pytest.mark.parametrize(
    ("name", "group", "types"), [("source", ["source_id"], (PHASE_CLOSE,)), ("type", ["phase_id"], None)]
)
def test_other_groups_and_other_types_have_no_sheets(name: str, group: list[str], types: Any) -> None:
    assert sheets.shelf_of(PHASES, group, types) is None


def test_too_many_keys_close_a_shelf(filled: None, operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_KEYS", 2)
    expected = without_sheets(operator, {})
    assert figures(operator, {}) == expected
    assert sheets.shelf_of(PHASES, ["phase_id"], (PHASE_CLOSE, TASK_CLOSE)) is None
    assert figures(operator, {}) == expected


def test_the_places_of_all_sheets_are_bounded(filled: None, operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_PLACES", 9)
    for window in WINDOWS:
        assert figures(operator, window) == without_sheets(operator, window)
    shelf = sheets.shelf_of(PHASES, ["phase_id"], (PHASE_CLOSE, TASK_CLOSE))
    assert shelf is not None
    assert len(shelf._sheets) == 9 // len(shelf._places) == 2


def test_the_first_reading_reads_the_latest_buckets_too(
    filled: None, operator: Any, reads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_AT_FIRST", 3)
    run("metrics_phases", operator, to="2026-01-01T00:00:00Z")
    *at_first, last = (hour for _, _, hour in reads)
    assert len(at_first) == 3
    assert min(at_first) > last
