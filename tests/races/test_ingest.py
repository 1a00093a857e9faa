"""Several processes are sent the same events at once."""

from collections import Counter

import pytest

from telemetry.models import Count, Event
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db(transaction=True)
PROCESSES, THREADS, EVENTS = 3, 3, 60


def tasks(*, careful=True):
    events = [event("race", n=number) for number in range(EVENTS)]
    return [{"events": events, "threads": THREADS, "careful": careful}] * PROCESSES


def test_each_event_is_new_to_one_of_nine_writers_and_stored_once(racers):
    new = [number for told in racers("tests.races.ingester", tasks()) for number in told]
    assert sorted(new) == list(range(EVENTS))
    assert Event.objects.count() == EVENTS


def test_rollups_and_repeats_count_what_was_sent_again_exactly_once(racers):
    racers("tests.races.ingester", tasks())
    hours = Count.objects.filter(level=13).values_list("n", flat=True)
    assert sum(hours) == EVENTS
    assert set(Event.objects.values_list("repeats", flat=True)) == {PROCESSES * THREADS - 1}


def test_writers_that_look_before_they_write_call_an_event_new_twice(racers):
    new = [number for told in racers("tests.races.ingester", tasks(careful=False)) for number in told]
    assert max(Counter(new).values()) > 1
