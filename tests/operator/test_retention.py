"""What retention deletes, and what it never touches."""

from typing import Any

import pytest

from nexus.models import Audience, Event, Lane, LaneCount, MessageDelivery, Session
from nexus.retention import DAY_US
from pulse_project.core import clock
from pulse_project.core.models import Agent, LogCounter
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> int:
    return clock.now_us() - days * DAY_US


def test_a_dry_run_counts_and_deletes_nothing(operator: Any, log: Any) -> None:
    log(days_ago(31))
    report = run("admin_prune", operator)["data"]
    assert (report["dry_run"], report["total_deleted"]) == (True, 1)
    assert Event.objects.count() == 1


def test_old_events_go_and_young_ones_stay(operator: Any, log: Any) -> None:
    log(days_ago(40)), log(days_ago(31)), log(days_ago(29))
    report = run("admin_prune", operator, dry_run=False)["data"]
    assert report["tables"]["events"] == {"deleted": 2, "complete": True}
    assert list(Event.objects.values_list("seq", flat=True)) == [3]


def test_the_floor_of_the_log_rises_with_what_is_gone(operator: Any, log: Any) -> None:
    log(days_ago(31)), log()
    run("admin_prune", operator, dry_run=False)
    assert LogCounter.objects.get(name="nexus").floor == 1


def test_the_index_rows_of_an_event_go_with_it(operator: Any, log: Any, workspace: Any) -> None:
    event = log(days_ago(31))
    _index(workspace.pk, event.seq)
    run("admin_prune", operator, dry_run=False)
    assert Audience.objects.count() == 0


def _index(workspace: int, seq: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO nexus_audience (workspace_id, stream, "key", seq, from_us) VALUES (%s, 0, %s, %s, 0)',
            [workspace, "*", seq],
        )


@pytest.mark.parametrize("lane", [Lane.UNREAD, Lane.DELIVERED, Lane.PARKED])
def test_a_delivery_that_is_not_read_stays_for_ever(operator: Any, deliver: Any, lane: int) -> None:
    deliver("alice", "bob", lane=lane, created_us=days_ago(4000))
    run("admin_prune", operator, dry_run=False)
    assert MessageDelivery.objects.count() == 1


def test_old_read_deliveries_leave_the_counter_right(operator: Any, deliver: Any) -> None:
    deliver("alice", "bob", lane=Lane.READ, read_us=days_ago(15))
    deliver("alice", "carol", lane=Lane.READ, read_us=days_ago(13))
    run("admin_prune", operator, dry_run=False)
    assert list(MessageDelivery.objects.values_list("recipient", flat=True)) == ["carol"]
    assert LaneCount.objects.get(agent_id="bob").read == 0


def test_only_closed_sessions_go(operator: Any, workspace: Any) -> None:
    agent = Agent.objects.create(agent_id="alice")
    for name, closed in (("ses1", days_ago(8)), ("ses2", None)):
        Session.objects.create(
            session_id=name,
            agent=agent,
            workspace=workspace,
            started_us=days_ago(900),
            last_heartbeat_us=days_ago(900),
            closed_us=closed,
        )
    run("admin_prune", operator, dry_run=False)
    assert list(Session.objects.values_list("session_id", flat=True)) == ["ses2"]


def test_a_window_can_be_given_for_one_run(operator: Any, log: Any) -> None:
    log(days_ago(8))
    report = run("admin_prune", operator, dry_run=False, events_keep_days=7)["data"]
    assert (report["windows_days"]["events"], report["total_deleted"]) == (7, 1)


def test_a_run_of_many_batches_is_complete(operator: Any, log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nexus.retention.BATCH_ROWS", 2)
    for _ in range(5):
        log(days_ago(31))
    assert run("admin_prune", operator, dry_run=False)["data"]["tables"]["events"] == {"deleted": 5, "complete": True}


def test_the_pass_at_start_is_bounded(log: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from nexus import retention

    monkeypatch.setattr(retention, "BATCH_ROWS", 1)
    for _ in range(6):
        log(days_ago(31))
    report = retention.prune(retention.Windows(), dry_run=False, batches=retention.BATCHES_AT_START)
    assert report["tables"]["events"] == {"deleted": 4, "complete": False}


def test_reset_empties_the_bus_and_keeps_agents_and_numbers(operator: Any, deliver: Any, log: Any) -> None:
    Agent.objects.create(agent_id="alice")
    deliver("alice", "bob"), log()
    data = run("admin_reset", operator)["data"]
    assert (data["kept_agents"], Agent.objects.count(), MessageDelivery.objects.count()) == (True, 1, 0)
    assert LogCounter.objects.get(name="nexus").head == 1


def test_reset_can_take_the_agents_too(operator: Any, workspace: Any) -> None:
    Agent.objects.create(agent_id="alice")
    run("admin_reset", operator, keep_agents=False)
    assert Agent.objects.count() == 0


@pytest.mark.parametrize("name", ["admin_prune", "admin_reset"])
def test_an_agent_cannot_delete(make_agent: Any, name: str) -> None:
    assert run(name, make_agent("alice"))["error"]["code"] == "PERMISSION_DENIED"
