"""Subscribers: at least once, in order per subject, given up after the last attempt."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command

from pulse_project.core import clock, courier, db, deliveries, domain_log, leader, leading, lifecycle, outbox
from pulse_project.core.models import Delivery, DomainEvent, StoreMark

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def subscribed() -> Iterator[Callable[..., Any]]:
    """`subscribed(handler, "type", ...)` for one test."""
    made = []

    def make(handler: domain_log.Handler, *types: str, atomic: bool = False) -> None:
        outbox.subscribe(*types, atomic=atomic)(handler)
        made.append(handler)

    yield make
    for handler in made:
        domain_log.unsubscribe(handler)


def emit(caller: Any, *subjects: str, kind: str = "test.made") -> None:
    for subject in subjects:
        with db.write_tx():
            outbox.emit(kind, caller=caller, entity=("thing", subject))


def test_a_subscriber_hears_each_event_once_and_in_order(operator, subscribed):
    heard: list[str] = []
    subscribed(lambda event: heard.append(event.entity_id), "test.*")
    emit(operator, "a", "b", "a")
    emit(operator, "c", kind="other.made")
    assert deliveries.drain() == 3
    assert heard == ["a", "b", "a"]
    assert not Delivery.objects.exists()


def test_a_failure_holds_back_its_own_subject_only(operator, subscribed):
    heard: list[str] = []

    def picky(event: DomainEvent) -> None:
        if event.entity_id == "bad":
            raise ValueError("not this one")
        heard.append(event.entity_id)

    subscribed(picky, "test.made")
    emit(operator, "bad", "good", "bad")
    deliveries.drain()
    assert heard == ["good"]
    assert list(Delivery.objects.order_by("event_id").values_list("attempts", "last_error")) == [
        (1, "ValueError: not this one"),
        (0, ""),
    ]


def test_a_poison_event_is_given_up_after_eight_attempts_and_the_next_one_goes_on(operator, subscribed):
    heard: list[int] = []

    def poisoned(event: DomainEvent) -> None:
        heard.append(event.seq)
        if event.seq == 1:
            raise RuntimeError("poison")

    subscribed(poisoned, "test.made")
    emit(operator, "x", "x")
    with clock.frozen_at(clock.now_us()) as hand:
        for _ in range(deliveries.ATTEMPTS + 1):
            deliveries.drain()
            hand.advance(2 * deliveries.LONGEST_DELAY_SECONDS)
    assert heard == [1] * deliveries.ATTEMPTS + [2]
    assert list(Delivery.objects.values_list("state", "last_error")) == [("dead", "RuntimeError: poison")]


def test_pauses_grow_from_a_second_to_an_hour():
    pauses = [deliveries.delay_us(attempt) / 1_000_000 for attempt in range(1, 9)]
    assert 1 <= pauses[0] <= 1.2
    assert pauses[:7] == sorted(pauses[:7])
    assert 3600 <= pauses[-1] <= 4320


def test_a_delivery_whose_holder_died_is_claimed_again_after_its_lease(operator, subscribed):
    subscribed(lambda event: None, "test.made")
    emit(operator, "x")
    with clock.frozen_at(clock.now_us()) as hand:
        first = deliveries.claim_next()
        assert first is not None
        assert deliveries.claim_next() is None
        hand.advance(deliveries.LEASE_US / 1_000_000 + 1)
        second = deliveries.claim_next()
    assert (second.row, second.attempts) == (first.row, 2)


def test_the_effect_of_an_atomic_subscriber_happens_once_although_it_runs_twice(operator, subscribed):
    runs: list[int] = []

    def counting(event: DomainEvent) -> None:
        runs.append(event.seq)
        StoreMark.objects.create(name=f"run-{len(runs)}", value=event.seq)
        if len(runs) == 1:
            raise RuntimeError("first run fails after its write")

    subscribed(counting, "test.made", atomic=True)
    emit(operator, "x")
    with clock.frozen_at(clock.now_us()) as hand:
        deliveries.drain()
        hand.advance(10)
        deliveries.drain()
    assert len(runs) == 2
    assert list(StoreMark.objects.values_list("name", flat=True)) == ["run-2"]


def test_a_start_frees_what_a_dead_process_held_and_closes_rows_of_removed_subscribers(operator, subscribed):
    def gone(event: DomainEvent) -> None: ...

    def here(event: DomainEvent) -> None: ...

    outbox.subscribe("test.made")(gone)
    subscribed(here, "test.made")
    emit(operator, "x")
    deliveries.claim_next()
    domain_log.unsubscribe(gone)
    assert deliveries.recover() == 1
    assert [row.state for row in Delivery.objects.all()] == ["pending"]


def test_couriers_deliver_only_where_this_process_leads(operator, subscribed):
    from threading import Event

    heard = Event()
    subscribed(lambda event: heard.set(), "test.made")
    couriers = courier.Couriers()
    couriers.start()
    try:
        emit(operator, "x")
        assert not heard.wait(0.05)
        leader.lead(True)
        emit(operator, "y")
        assert heard.wait(5)
    finally:
        couriers.stop(wait_seconds=5)
        leader.lead(False)


def test_a_server_delivers_from_its_start_to_its_stop():
    assert leading.begin in lifecycle._start_hooks
    assert leading.end in lifecycle._stop_hooks


def test_the_command_delivers_what_a_crash_left_behind(operator, subscribed, capsys):
    heard: list[str] = []
    subscribed(lambda event: heard.append(event.entity_id), "test.made")
    emit(operator, "x", "y")
    deliveries.claim_next()
    call_command("publish_events")
    assert heard == ["x", "y"]
    assert "2 deliveries attempted" in capsys.readouterr().out
