"""Rows that end by age go by themselves, younger ones stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from pulse_project.core import clock, housekeeping, steps
from pulse_project.core.models import Delivery, DomainEvent, IdempotencyRecord

pytestmark = pytest.mark.django_db
DAY_US = 24 * 3600 * 1_000_000


def record(key: str, age_us: int) -> None:
    IdempotencyRecord.objects.create(
        scope="s", operation="o", key=key, fingerprint="", answer={}, created_us=clock.now_us() - age_us
    )


def test_kept_answers_go_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "LEAST_ROWS", 2)
    for number in range(5):
        record(f"old{number}", DAY_US + 1_000_000)
    record("young", DAY_US - 60_000_000)
    housekeeping.sweep()
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["young"]


def test_dead_letters_go_after_thirty_days() -> None:
    event = DomainEvent.objects.create(seq=1, type="x.happened")
    for name, days, state in (("old", 31, "dead"), ("young", 29, "dead"), ("waiting", 31, "pending")):
        due = clock.now_us() - days * DAY_US
        Delivery.objects.create(event=event, subscriber=name, state=state, due_us=due)
    housekeeping.sweep()
    assert set(Delivery.objects.values_list("subscriber", flat=True)) == {"young", "waiting"}


def test_expired_logins_go() -> None:
    for key, seconds in (("gone", -60), ("open", 60)):
        Session.objects.create(session_key=key, session_data="", expire_date=clock.now() + timedelta(seconds=seconds))
    housekeeping.sweep()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["open"]


def test_rounds_come_every_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    monkeypatch.setattr(housekeeping, "sweep", lambda: swept.append(1))
    rounds = housekeeping.Rounds()
    rounds.sweep_if_due()
    rounds.sweep_if_due()
    assert swept == [1]
