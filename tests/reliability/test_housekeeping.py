"""Rows that end by age go by themselves, younger ones stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError

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


def test_a_job_runs_once_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    monkeypatch.setattr(housekeeping, "_jobs", {"sweep": (lambda: swept.append(1), 3600.0)})
    rounds = housekeeping.Rounds()
    rounds.run_due()
    rounds.run_due()
    assert swept == [1]


def test_a_job_that_meets_a_busy_store_does_not_keep_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble() -> None:
        raise OperationalError("database is locked")

    swept: list[int] = []
    jobs = {"first": (stumble, 3600.0), "second": (lambda: swept.append(1), 3600.0)}
    monkeypatch.setattr(housekeeping, "_jobs", jobs)
    housekeeping.Rounds().run_due()
    assert swept == [1]
