"""A store that went back in time is found, and its old cursors are made recognisable."""

import pytest

from pulse_project.core import clock, db, outbox, store_marks
from pulse_project.core.models import DomainEvent, LogCounter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_mark_is_left_behind():
    yield
    store_marks._path().unlink(missing_ok=True)


def emit(caller, count):
    for _ in range(count):
        with db.write_tx():
            outbox.emit("test.made", caller=caller)


def test_a_store_that_only_grew_keeps_its_epoch(operator):
    emit(operator, 2)
    store_marks.record()
    emit(operator, 1)
    assert store_marks.verify_store() is False
    assert store_marks.epoch() == 1


def test_a_store_below_its_mark_gets_a_new_epoch_and_numbers_far_above(operator):
    emit(operator, 5)
    store_marks.record()
    DomainEvent.objects.filter(seq__gt=2).delete()
    LogCounter.objects.update(head=2)
    assert store_marks.verify_store() is True
    assert store_marks.epoch() == 2
    rewound = DomainEvent.objects.get(type="store.rewound")
    assert rewound.seq == 5 + store_marks.JUMP + 1


def test_a_rewound_store_is_verified_only_once(operator):
    emit(operator, 5)
    store_marks.record()
    LogCounter.objects.update(head=1)
    DomainEvent.objects.all().delete()
    store_marks.verify_store()
    assert store_marks.verify_store() is False


def test_a_damaged_mark_does_not_stop_the_start():
    store_marks._path().write_text("{ torn")
    assert store_marks.verify_store() is False


def test_the_clock_never_runs_below_the_persisted_mark(operator):
    ahead = clock.now_us() + 50_000
    store_marks._path().write_text(f'{{"epoch": 1, "heads": {{}}, "clock_us": {ahead}}}')
    store_marks.verify_store()
    assert clock.now_us() >= ahead
