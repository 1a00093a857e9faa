"""A store that went back in time gives no event a number that a follower may have seen, and tells followers so."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pulse_project.core import db as database
from pulse_project.core import store_marks
from tests.telemetry.events import event
from tests.telemetry.streaming import Streaming

pytestmark = pytest.mark.django_db(transaction=True)
STREAM = "/v1/events/stream"
KEPT, LOST = 3, 5


@pytest.fixture(autouse=True)
def _no_mark_is_left_behind() -> Iterator[None]:
    yield
    store_marks._path().unlink(missing_ok=True)


def number_of(n: int) -> int:
    """The number of the event whose payload is {"n": n}."""
    from telemetry.models import Event

    return Event.objects.get(payload=f'{{"n":{n}}}').id


@pytest.fixture
def rewound(store: Callable[..., Any]) -> int:
    """The number of the last event that was lost by a store which has begun anew."""
    store(*(event(n=n) for n in range(KEPT + LOST)))
    last_kept, last_lost = number_of(KEPT - 1), number_of(KEPT + LOST - 1)
    store_marks.record()
    database.write_here(_lose_above, last_kept)
    assert store_marks.verify_store()
    return last_lost


def _lose_above(number: int) -> None:
    from pulse_project.core.statements import execute
    from telemetry.models import Event

    with database.write_tx():
        Event.objects.filter(id__gt=number).delete()
        if database.vendor() == "postgresql":
            execute("UPDATE core_logcounter SET head = %s WHERE name = 'telemetry'", (number,))
        else:
            execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'telemetry_event'", (number,))


def test_numbers_go_on_far_above_the_lost_ones(rewound: int, store: Callable[..., Any]) -> None:
    store(event(n=100))
    assert number_of(100) == rewound + store_marks.JUMP + 1


def test_a_store_whose_events_are_all_lost_goes_on_above_them(store: Callable[..., Any]) -> None:
    from telemetry import event_rows

    store(event(n=1))
    last = number_of(1)
    store_marks.record()
    database.write_here(_lose_above, 0)
    assert store_marks.verify_store()
    assert event_rows.last_number() == last + store_marks.JUMP


async def test_who_saw_a_lost_event_is_told_and_goes_on(rewound: int, http: httpx.AsyncClient) -> None:
    async with Streaming(STREAM, after=rewound) as tail:
        reset = await tail.block()
        await http.post("/v1/events", json=event(n=100))
        (found,) = await tail.events(1)
    assert (reset["event"], int(reset["id"])) == ("reset", rewound + store_marks.JUMP)
    assert found["payload"] == {"n": 100}


async def test_who_saw_nothing_that_is_lost_goes_on_unasked(rewound: int, http: httpx.AsyncClient) -> None:
    await http.post("/v1/events", json=event(n=100))
    async with Streaming(STREAM, after=rewound - LOST) as tail:
        (found,) = await tail.events(1)
    assert found["payload"] == {"n": 100}


def test_a_follower_whose_store_goes_back_meanwhile_is_told(store: Callable[..., Any]) -> None:
    from telemetry import tailing

    store(event(n=1))
    chunk = tailing.chunk_after(tailing.Wanted(after=10**12))
    assert chunk.text.startswith(b"id: %d\nevent: reset\n" % number_of(1))
    assert chunk.position == number_of(1)
