"""Events go after the days of their type, in whole hours; metrics go on counting them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pulse_project.core import clock, conf
from tests.conftest import run
from tests.telemetry.events import NOW_US, event

pytestmark = pytest.mark.django_db

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000


@pytest.fixture(autouse=True)
def _noon(frozen: Any) -> Any:
    return frozen


def ago(days: float) -> str:
    """The stamp of a moment before noon of the frozen day."""
    return clock.iso(NOW_US - int(days * DAY_US)) or ""


@pytest.fixture
def aged(store: Callable[..., Any]) -> None:
    """Notes and logs of 1, 3, 5 and 9 days ago."""
    for days in (1, 3, 5, 9):
        store(event("note", ago(days)), event("log", ago(days), level="warn"))


def left() -> list[tuple[str, int]]:
    """Type and age in days of every event, oldest receipt first."""
    from telemetry.models import Event

    rows = Event.objects.order_by("id").values_list("type__text", "ts_us")
    return [(text, (NOW_US - ts_us) // DAY_US) for text, ts_us in rows]


def rule(operator: Any, event_type: str, days: int) -> dict[str, Any]:
    return run("telemetry_retention_create", operator, event_type=event_type, keep_days=days)


def prune(operator: Any, **over: Any) -> dict[str, Any]:
    return run("telemetry_retention_run", operator, **{"dry_run": False, **over})


def test_nothing_goes_without_a_rule(aged: None, operator: Any) -> None:
    assert prune(operator)["total_deleted"] == 0
    assert len(left()) == 8


def test_a_type_has_its_own_days_and_all_others_those_of_the_star(aged: None, operator: Any) -> None:
    rule(operator, "note", 4)
    rule(operator, "*", 2)
    prune(operator)
    assert left() == [("note", 1), ("log", 1), ("note", 3)]


def test_a_type_that_is_kept_for_ever_is_spared_by_the_star(aged: None, operator: Any) -> None:
    rule(operator, "note", 0)
    rule(operator, "*", 2)
    prune(operator)
    assert [text for text, _ in left()] == ["note", "log", "note", "note", "note"]


def test_the_setting_is_the_rule_where_there_is_none(aged: None, operator: Any) -> None:
    conf.apply_stored({"telemetry_keep_days": 4})
    prune(operator)
    assert [days for _, days in left()] == [1, 1, 3, 3]


def test_whole_hours_go(store: Callable[..., Any], operator: Any) -> None:
    rule(operator, "*", 1)
    with clock.frozen_at(NOW_US + HOUR_US // 2):
        store(event(timestamp=clock.iso(NOW_US - DAY_US - 1)), event(timestamp=clock.iso(NOW_US - DAY_US)))
        assert prune(operator)["total_deleted"] == 1


def test_a_dry_run_deletes_nothing_and_counts_what_the_run_deletes(aged: None, operator: Any) -> None:
    rule(operator, "*", 2)
    dry = run("telemetry_retention_run", operator)
    assert len(left()) == 8
    assert {**prune(operator, as_of=dry["now"]), "dry_run": True} == dry
    assert [(entry["event_type"], entry["deleted"]) for entry in dry["types"]] == [("log", 3), ("note", 3)]


def test_a_second_run_finds_nothing(aged: None, operator: Any) -> None:
    rule(operator, "*", 2)
    prune(operator)
    assert prune(operator)["total_deleted"] == 0


def test_metrics_go_on_counting_what_is_deleted(aged: None, operator: Any) -> None:
    rule(operator, "*", 2)
    before = run("metrics_counts", operator)
    assert prune(operator)["total_deleted"] == 6
    assert run("metrics_counts", operator) == before


def test_what_is_indexed_of_an_event_goes_with_it(store: Callable[..., Any], operator: Any) -> None:
    from telemetry.models import Attribute

    run("telemetry_payload_key_create", operator, name="level")
    store(event("log", ago(9), level="warn"), event("log", ago(1), level="warn"))
    rule(operator, "*", 2)
    prune(operator)
    assert Attribute.objects.count() == 1


def test_events_that_come_too_late_go_with_the_next_run(aged: None, store: Callable[..., Any], operator: Any) -> None:
    rule(operator, "*", 2)
    prune(operator)
    store(event("note", ago(30)), event("note", ago(0)))
    assert prune(operator)["total_deleted"] == 1
    assert ("note", 30) not in left()


def test_longer_days_keep_what_comes_late(aged: None, store: Callable[..., Any], operator: Any) -> None:
    made = rule(operator, "*", 2)
    prune(operator)
    run("telemetry_retention_update", operator, rule_id=made["rule_id"], keep_days=60)
    store(event("note", ago(30)))
    assert prune(operator)["total_deleted"] == 0


def test_a_pass_in_slices_deletes_the_same(
    store: Callable[..., Any], operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import retention

    monkeypatch.setattr(retention, "PAGE_ROWS", 3)
    store(*(event(f"t{n % 2}", ago(20 - n / 48), n=n) for n in range(40)))
    rule(operator, "*", 10)
    rule(operator, "t1", 15)
    slices = [retention.run(dry_run=False, seconds=0)]
    while not slices[-1].is_complete:
        if len(slices) < 5:
            store(event("t0", ago(30), late=len(slices)))
        slices.append(retention.run(dry_run=False, seconds=0))
    assert len(slices) > 10
    assert left() == []


def test_floors_tell_from_which_hour_on_events_are_whole(aged: None, operator: Any) -> None:
    from telemetry.models import RetentionFloor

    rule(operator, "note", 4)
    prune(operator)
    floors = {row.type.text: row.utc for row in RetentionFloor.objects.select_related("type")}
    assert floors == {"note": (NOW_US - 4 * DAY_US) // HOUR_US}


def test_a_run_is_told_with_what_it_deleted(aged: None, operator: Any) -> None:
    from pulse_project.core.models import DomainEvent

    rule(operator, "*", 2)
    prune(operator)
    told = DomainEvent.objects.get(type="telemetry.pruned")
    assert told.actor == operator.name
    assert (told.payload["deleted"], told.payload["total"]) == ({"log": 3, "note": 3}, 6)


@pytest.fixture
def journals(db: None) -> dict[str, Any]:
    """A row of each kind that has ended, and one that has not."""
    from pulse_project.core.models import DomainEvent
    from telemetry.models import DrainPosition, DrainRun, Outcome

    for number, days in enumerate((401, 399)):
        then = clock.now() - timedelta(days=days)
        Outcome.objects.create(utc=clock.to_us(then) // HOUR_US, source="s", outcome="accepted", n=1)
        DrainRun.objects.create(path=str(days), started_at=then)
        DrainPosition.objects.create(path=str(days), device=1, inode=number, updated_at=then)
    told = [("event.ingested", "stream", 2), ("event.ingested", "stream", 0.5), ("batch.rejected", "stream", 2),
            ("telemetry.pruned", "telemetry", 2)]  # fmt: skip
    for seq, (kind, entity, hours) in enumerate(told, 1):
        DomainEvent.objects.create(
            seq=9000 + seq, type=kind, entity_kind="telemetry" if entity == "stream" else "store", entity_id=entity,
            created_us=NOW_US - int(hours * HOUR_US),
        )  # fmt: skip
    return {"outcomes": 1, "drain_runs": 1, "drain_positions": 1, "notices": 2}


def test_journals_and_notices_go_by_their_age(journals: dict[str, Any], operator: Any) -> None:
    assert run("telemetry_retention_run", operator)["others"] == journals
    assert prune(operator)["others"] == journals
    assert set(run("telemetry_retention_run", operator)["others"].values()) == {0}


def test_the_audit_trail_stays(journals: dict[str, Any], operator: Any) -> None:
    from pulse_project.core.models import DomainEvent

    prune(operator)
    assert set(DomainEvent.objects.filter(seq__gt=9000).values_list("seq", flat=True)) == {9002, 9004}


def test_the_leader_prunes_once_an_hour(aged: None, operator: Any, frozen: Any) -> None:
    from telemetry import pruning

    hourly = pruning.Hourly()
    hourly.work()
    rule(operator, "*", 2)
    hourly.work()
    assert len(left()) == 8
    frozen.advance(3600)
    hourly.work()
    assert len(left()) == 2


def test_a_type_has_one_rule(operator: Any) -> None:
    rule(operator, "note", 1)
    assert rule(operator, " note ", 2)["code"] == "CONFLICT"


def test_a_rule_is_not_changed_by_who_read_an_older_one(operator: Any) -> None:
    made = rule(operator, "note", 1)
    change = {"rule_id": made["rule_id"], "keep_days": 2, "expected_version": 1}
    run("telemetry_retention_update", operator, **change)
    assert run("telemetry_retention_update", operator, **change)["code"] == "VERSION_CONFLICT"


def test_a_deleted_rule_leaves_the_type_to_the_setting(operator: Any) -> None:
    made = rule(operator, "note", 1)
    run("telemetry_retention_delete", operator, rule_id=made["rule_id"])
    assert run("telemetry_retention_list", operator)["items"] == []
    assert run("telemetry_retention_delete", operator, rule_id=made["rule_id"])["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "wrong",
    [{"event_type": ""}, {"event_type": "\t"}, {"event_type": "ü" * 129}, {"keep_days": -1}, {"keep_days": 36_501},
     {"keep_days": "4"}, {"keep_days": None}, {"event_type": "a\x00"}, {"event_type": "\udc00"}],
    ids=str,
)  # fmt: skip
def test_a_wrong_rule_is_refused(operator: Any, wrong: dict[str, Any]) -> None:
    given = {"event_type": "note", "keep_days": 1, **wrong}
    assert run("telemetry_retention_create", operator, **given)["code"] == "VALIDATION_ERROR"
