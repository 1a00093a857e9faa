"""Clocks that jump and machines that sleep: time never runs back in a store, and nobody pays for a night of sleep."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from nexus import grace
from nexus.models import Handoff, MessageDelivery
from pulse_project.core import clock, db, outbox, store_marks
from pulse_project.core.models import DomainEvent
from tests.conftest import run

HOUR_US = 3600 * 1_000_000


class Machine:
    """A wall clock and a steady clock under the test's hand."""

    def __init__(self) -> None:
        self.wall_us = 1_900_000_000_000_000
        self.steady_us = 5_000_000_000

    def pass_by(self, seconds: float, *, wall: float | None = None) -> None:
        self.steady_us += int(seconds * 1_000_000)
        self.wall_us += int((seconds if wall is None else wall) * 1_000_000)

    def as_module(self) -> SimpleNamespace:
        return SimpleNamespace(time_ns=lambda: self.wall_us * 1000, monotonic_ns=lambda: self.steady_us * 1000)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    found = Machine()
    monkeypatch.setattr(clock, "time", found.as_module())
    monkeypatch.setattr(grace, "time", found.as_module())
    monkeypatch.setattr(grace, "watch", grace.JumpWatch())
    monkeypatch.setattr(clock, "_floor_us", 0)
    monkeypatch.setattr(clock, "_behind", None)
    yield found
    store_marks._path().unlink(missing_ok=True)


def test_time_goes_on_a_little_slower_while_the_wall_clock_is_behind(machine: Machine) -> None:
    before = clock.now_us()
    machine.pass_by(0, wall=-3600)
    seen = [clock.now_us()]
    for _ in range(80):
        machine.pass_by(1)
        seen.append(clock.now_us())
    assert seen == sorted(seen)
    assert 0.85 * 80 < (seen[-1] - before) / 1_000_000 < 80


def test_the_wall_clock_leads_again_once_it_has_caught_up(machine: Machine) -> None:
    clock.now_us()
    machine.pass_by(0, wall=-10)
    clock.now_us()
    machine.pass_by(90)
    assert clock.now_us() == machine.wall_us


@pytest.mark.django_db
def test_a_claim_under_a_clock_set_back_lapses_with_its_lease(machine: Machine, make_agent: Any, tmp_path: Any) -> None:
    alice, root = make_agent("alice"), str(tmp_path)
    made = run(
        "handoff_create", alice, project_root=root, from_agent_id="alice", target={"strategy": "broadcast"},
        visibility="public",
    )["data"]["handoff_id"]  # fmt: skip
    named = {"project_root": root, "handoff_id": made, "agent_id": "alice"}
    run("handoff_claim", alice, **named)
    lease_us = Handoff.objects.get().lease_us
    machine.pass_by(1, wall=-3600)
    assert run("handoff_get", alice, **named)["data"]["status"] == "CLAIMED"
    assert Handoff.objects.get().lease_us == lease_us
    machine.pass_by(345)
    assert run("handoff_get", alice, **named)["data"]["status"] == "OPEN"


@pytest.mark.django_db(transaction=True)
def test_a_second_run_over_the_store_begins_where_the_first_one_stopped(machine: Machine, operator: Any) -> None:
    with db.write_tx():
        outbox.emit("test.made", caller=operator)
    machine.pass_by(0, wall=-3600)
    clock._floor_us = 0  # another process
    store_marks.verify_store()
    with db.write_tx():
        outbox.emit("test.made", caller=operator)
    first, second = DomainEvent.objects.order_by("seq").values_list("created_us", flat=True)
    assert second >= first


@pytest.mark.django_db
def test_nights_of_sleep_are_no_attempts(machine: Machine, make_agent: Any, tmp_path: Any) -> None:
    alice, bob = make_agent("alice"), make_agent("bob")
    arguments = {"project_root": str(tmp_path), "from_agent_id": "alice", "subject": "s", "body": "b"}
    run("message_create", alice, target={"strategy": "direct", "agent_id": "bob"}, **arguments)
    for _night in range(7):
        (pulled,) = run("inbox_pull", bob, agent_id="bob")["data"]["messages"]
        assert pulled["attempts"] == 1
        machine.pass_by(1, wall=8 * 3600)
        assert run("inbox_pull", bob, agent_id="bob")["data"]["messages"] == []  # it has its lease once more
        machine.pass_by(400)
    assert MessageDelivery.objects.get().lane == 1


@pytest.mark.django_db
def test_a_lease_that_ends_while_everybody_is_awake_counts(machine: Machine, make_agent: Any, tmp_path: Any) -> None:
    alice, bob = make_agent("alice"), make_agent("bob")
    arguments = {"project_root": str(tmp_path), "from_agent_id": "alice", "subject": "s", "body": "b"}
    run("message_create", alice, target={"strategy": "direct", "agent_id": "bob"}, **arguments)
    attempts = []
    for _ in range(3):
        attempts += [one["attempts"] for one in run("inbox_pull", bob, agent_id="bob")["data"]["messages"]]
        machine.pass_by(400)
    assert attempts == [1, 2, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("known_boot", ["another", None])
def test_a_machine_that_died_under_relaxed_durability_begins_a_new_epoch(
    operator: Any, monkeypatch: pytest.MonkeyPatch, known_boot: str | None
) -> None:
    """The last second may be gone; the same end of the process alone costs nothing."""
    mark = store_marks.HighWater(is_relaxed=True, is_closed=False, boot=known_boot or store_marks._boot())
    monkeypatch.setattr(store_marks, "_read", lambda: mark)
    monkeypatch.setattr(store_marks, "record", lambda: None)
    assert store_marks.verify_store() is (known_boot is not None)
