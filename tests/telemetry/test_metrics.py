"""The four published metrics, rule by rule."""

from typing import Any

import pytest

from tests.conftest import run
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db


def close(phase: Any, stamp: str = "2026-09-01T10:00:00Z", **payload: Any) -> dict[str, Any]:
    return event("phase.close", stamp, payload={"phase": phase, **payload})


def verified(target: str = "api", stamp: str = "2026-09-01T10:00:00Z", **payload: Any) -> dict[str, Any]:
    return event("verification.completed", stamp, payload={"target": target, **payload})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("metrics_counts", {"by": "type", "since": None, "total": 0, "groups": []}),
        (
            "metrics_phases",
            {"since": None, "phase_count": 0, "total_tasks_done": 0, "unsupported_versions": 0, "phases": []},
        ),
        ("metrics_stop_reasons", {"since": None, "total": 0, "unsupported_versions": 0, "stop_reasons": []}),
        (
            "metrics_verification",
            {"since": None, "runs": 0, "passed": 0, "pass_rate": None, "checks_total": 0, "checks_passed": 0,
             "unsupported_versions": 0, "per_target": [], "over_time": []},
        ),
    ],
)  # fmt: skip
def test_an_empty_store_has_empty_figures(operator: Any, name: str, expected: Any) -> None:
    assert run(name, operator) == expected


def test_groups_come_by_count_then_by_key_as_text(store: Any, operator: Any) -> None:
    store(*(event(version=version, n=1) for version in (2, 10, 1)), event(version=3, n=2), event(version=3, n=3))
    groups = run("metrics_counts", operator, by="version")["groups"]
    assert [(group["key"], group["count"]) for group in groups] == [("3", 2), ("1", 1), ("10", 1), ("2", 1)]


def test_phases_come_numbers_first_then_text_then_the_nameless(store: Any, operator: Any) -> None:
    store(
        *(close(phase, n=number) for number, phase in enumerate(["b", "10", "", "2", " 3 ", "a", None, 0, 1.5, True]))
    )
    assert [row["phase"] for row in run("metrics_phases", operator)["phases"]] == [
        "2", " 3 ", "10", "1.5", "True", "a", "b", "",
    ]  # fmt: skip


def test_a_phase_counts_its_closes_and_keeps_the_most_tasks(store: Any, operator: Any) -> None:
    store(
        close("1", "2026-09-02T00:00:00Z", tasks_done=4),
        close("1", "2026-09-01T00:00:00Z", tasks_done=9),
        event("task.close", phase="1", n=1),
    )
    (row,) = run("metrics_phases", operator)["phases"]
    assert row == {
        "phase": "1", "closes": 2, "tasks_done": 9, "task_closes": 1,
        "first_closed_at": "2026-09-01T00:00:00Z", "last_closed_at": "2026-09-02T00:00:00Z",
    }  # fmt: skip


def test_a_phase_that_was_never_closed_has_no_times(store: Any, operator: Any) -> None:
    store(event("task.close", phase="1"))
    (row,) = run("metrics_phases", operator)["phases"]
    assert (row["closes"], row["first_closed_at"], row["last_closed_at"]) == (0, "", "")


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), ("4", 4), (2.9, 2), ("x", 0), (None, 0), (True, 1), ([1], 0), (-5, 0), (10**30, 10**12), (1e300, 10**12)],
)
def test_tasks_done_is_read_as_a_whole_number(store: Any, operator: Any, value: Any, number: int) -> None:
    store(close("1", tasks_done=value))
    assert run("metrics_phases", operator)["total_tasks_done"] == number


@pytest.mark.parametrize("name", ["metrics_phases", "metrics_stop_reasons", "metrics_verification"])
def test_other_versions_are_counted_and_left_out(store: Any, operator: Any, name: str) -> None:
    for kind in ("phase.close", "workflow.next.stop_reason", "verification.completed"):
        store(event(kind, version=2, phase="1", stop_reason="r", target="t"))
    found = run(name, operator)
    assert found["unsupported_versions"] == 1
    assert not any(value for key, value in found.items() if isinstance(value, list))


def test_reasons_that_say_nothing_are_no_reasons(store: Any, operator: Any) -> None:
    values = ["a", "b", "b", "", None, 0, False, 7]
    store(*(event("workflow.next.stop_reason", stop_reason=value, n=number) for number, value in enumerate(values)))
    found = run("metrics_stop_reasons", operator)
    assert [(row["reason"], row["count"]) for row in found["stop_reasons"]] == [("b", 2), ("7", 1), ("a", 1)]
    assert found["total"] == 4


def test_rates_have_four_places(store: Any, operator: Any) -> None:
    store(*(verified(passed=number == 0, n=number) for number in range(3)))
    assert run("metrics_verification", operator)["pass_rate"] == 0.3333


@pytest.mark.parametrize(("value", "passed"), [(True, 1), ("false", 1), (1, 1), (0, 0), ("", 0), (None, 0)])
def test_a_pass_is_what_is_true(store: Any, operator: Any, value: Any, passed: int) -> None:
    store(verified(passed=value))
    assert run("metrics_verification", operator)["passed"] == passed


def test_the_latest_run_is_that_of_the_latest_stamp_then_receipt(store: Any, operator: Any) -> None:
    store(verified(stamp="2026-09-02T00:00:00Z", passed=True, n=1), verified(stamp="2026-09-01T00:00:00Z", n=2))
    store(verified(stamp="2026-09-02T00:00:00Z", passed=False, n=3))
    (row,) = run("metrics_verification", operator)["per_target"]
    assert (row["last_run_at"], row["last_passed"], row["runs"]) == ("2026-09-02T00:00:00Z", False, 3)


def test_days_are_those_that_the_stamps_spell(store: Any, operator: Any) -> None:
    stamps = ["2026-09-01T23:00:00-05:00", "2026-09-02T03:00:00Z", "2026-09-01 10:00"]
    store(*(verified(stamp=stamp, passed=True) for stamp in stamps))
    days = [row["day"] for row in run("metrics_verification", operator)["over_time"]]
    assert days == ["2026-09-01", "2026-09-01 10:00", "2026-09-02"]


def test_one_target_can_be_looked_at_alone(store: Any, operator: Any) -> None:
    store(verified("api", passed=True), verified("web", passed=False))
    found = run("metrics_verification", operator, target="web")
    assert ([row["target"] for row in found["per_target"]], found["runs"], found["passed"]) == (["web"], 1, 0)
    assert found["over_time"][0]["runs"] == 1


def test_one_source_can_be_looked_at_alone(store: Any, operator: Any) -> None:
    store(close("1"), source="ci")
    store(close("2"), source="cd")
    assert [row["phase"] for row in run("metrics_phases", operator, source="ci")["phases"]] == ["1"]
    assert run("metrics_phases", operator, source="nobody")["phase_count"] == 0


def test_a_name_that_is_too_long_is_counted_with_the_others(store: Any, operator: Any) -> None:
    store(close("x" * 257), close("y" * 300))
    (row,) = run("metrics_phases", operator)["phases"]
    assert (row["phase"], row["closes"]) == ("__other__", 2)


def test_names_beyond_the_days_bound_are_counted_with_the_others(
    store: Any, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import labels

    monkeypatch.setattr(labels, "MOST_A_DAY", 3)
    store(*(event(f"type-{number}") for number in range(5)))
    counts = {group["key"]: group["count"] for group in run("metrics_counts", operator)["groups"]}
    assert counts["__other__"] == 2
    assert len(run("events_list", operator, type="type-4")["events"]) == 1
