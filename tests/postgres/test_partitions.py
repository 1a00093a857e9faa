"""Events lie in monthly partitions by receipt, and a table of keys makes their ids unique across all of them."""

from typing import Any

import pytest
from django.db import connection

from pulse_project.core import clock
from pulse_project.core import db as database
from telemetry import event_rows, partitions, store
from telemetry.record import record_of
from tests.conftest import run
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db(transaction=True)

NOVEMBER_US = clock.to_us(clock.from_us(1_793_491_200_000_000))  # 2026-11-01T00:00:00Z
DAY_US = 86_400_000_000


@pytest.fixture(autouse=True)
def november() -> Any:
    """The clock stands at 11 November 2026, with partitions for that month and two more; gone again afterwards."""
    from telemetry import labels

    labels.forget()
    with clock.frozen_at(NOVEMBER_US + 10 * DAY_US) as hand:
        partitions.make_ahead()
        yield hand
    with connection.cursor() as cursor:
        for name in partitions.names():
            cursor.execute(f"DROP TABLE {name}")
    labels.forget()


def put(*values: dict[str, Any], received_us: int, **over: Any) -> list[store.Stored]:
    return database.write_here(store.write, [record_of(value, received_us=received_us, **over) for value in values])


def rows_of(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 - a name of the tests
        return int(cursor.fetchone()[0])


def test_months_are_made_ahead() -> None:
    assert partitions.names() == [f"{partitions.PREFIX}{month}" for month in ("202611", "202612", "202701")]


def test_an_event_lies_in_the_month_of_its_receipt() -> None:
    put(event(n=1), received_us=NOVEMBER_US)
    put(event(n=2), received_us=NOVEMBER_US + 31 * DAY_US)
    assert (rows_of(f"{partitions.PREFIX}202611"), rows_of(f"{partitions.PREFIX}202612")) == (1, 1)


def test_a_month_that_nobody_made_lies_in_the_default_partition(operator: Any) -> None:
    put(event(n=1), received_us=NOVEMBER_US - DAY_US)
    assert rows_of("telemetry_event_other") == 1
    assert run("events_list", operator)["count"] == 1


def test_an_event_that_comes_again_in_another_month_is_a_duplicate() -> None:
    put(event(n=1), received_us=NOVEMBER_US)
    (again,) = put(event(n=1), received_us=NOVEMBER_US + 40 * DAY_US)
    assert again.is_duplicate
    assert rows_of("telemetry_event") == rows_of("telemetry_eventkey") == 1


def test_a_producers_own_id_is_unique_across_months() -> None:
    first, second = (
        put(event(n=number), received_us=NOVEMBER_US + number * 31 * DAY_US, own_id=b"x" * 16)[0] for number in (0, 1)
    )
    assert (second.is_duplicate, second.event_id) == (True, first.event_id)


def test_many_rows_are_copied_and_known_ones_left_out() -> None:
    put(event(n=5), received_us=NOVEMBER_US)
    stored = put(*(event(n=number) for number in range(event_rows.COPY_FROM + 10)), received_us=NOVEMBER_US)
    assert [number for number, one in enumerate(stored) if one.is_duplicate] == [5]
    assert rows_of("telemetry_event") == event_rows.COPY_FROM + 10


def test_whoever_deletes_an_event_deletes_its_key() -> None:
    from telemetry.models import Event

    put(event(n=1), event(n=2), received_us=NOVEMBER_US)
    Event.objects.filter(payload__contains="1").delete()
    assert rows_of("telemetry_eventkey") == 1


def test_emptied_months_are_dropped_and_others_stay(november: Any) -> None:
    put(event(n=1), received_us=NOVEMBER_US)
    november.advance(90 * 86_400)
    partitions.keep()
    assert partitions.names()[:2] == [f"{partitions.PREFIX}202611", f"{partitions.PREFIX}202702"]


def test_one_event_is_looked_for_in_its_own_partition() -> None:
    (stored,) = put(event(n=1), received_us=NOVEMBER_US)
    condition, values = event_rows.with_id(stored.event_id)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN SELECT 1 FROM telemetry_event e WHERE {condition}", values)  # noqa: S608
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"{partitions.PREFIX}202611" in plan
    assert f"{partitions.PREFIX}202612" not in plan


def test_stamps_compare_by_code_point(operator: Any) -> None:
    stamps = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", "a", "Z", "é"]
    put(*(event(timestamp=stamp, n=number) for number, stamp in enumerate(stamps)), received_us=NOVEMBER_US)
    found = [one["timestamp"] for one in run("events_list", operator, since="2026-01-01T00:00:00Z")["events"]]
    assert sorted(found) == sorted(stamp for stamp in stamps if stamp >= "2026-01-01T00:00:00Z")
