"""Numbers of rows that are inserted together: those that their events have, whatever else was in the group."""

from hashlib import sha256
from typing import Any

import pytest

from tests.telemetry.events import NOW_US, event

pytestmark = pytest.mark.django_db(transaction=True)


def row(content: str, foreign: str = "") -> tuple[Any, ...]:
    """A row of that content, whose producer may have given it an id of its own."""
    from telemetry import labels

    label = labels.numbered({"note"})["note"].id
    key = sha256(foreign.encode()).digest() if foreign else None
    event_id = sha256(content.encode()).digest()
    return event_id, label, label, 1, "2026-09-01T10:00:00Z", NOW_US, NOW_US, 3, key, f'"{content}"', 0


async def appended(*wanted: tuple[str, str]) -> list[bool]:
    """Insert rows of these contents and foreign ids; whether each was new, its number being that of its event."""
    from pulse_project.core import db

    return await db.in_write(_appended, wanted)


def _appended(wanted: tuple[tuple[str, str], ...]) -> list[bool]:
    from pulse_project.core import db
    from pulse_project.core.statements import execute
    from telemetry import event_rows

    with db.write_tx():
        rows, new = event_rows.append([row(*one) for one in wanted])
        stored = dict(execute("SELECT id, payload FROM telemetry_event").fetchall())
    found = [number in new for number, *_ in rows]
    for (content, _), (number, *_), is_new in zip(wanted, rows, found, strict=True):
        assert not is_new or stored[number] == f'"{content}"'
    assert len(new) == sum(found)
    return found


def _rows(statement: str) -> list[Any]:
    from pulse_project.core.statements import execute

    return list(execute(statement).fetchall())


async def test_new_rows_have_the_numbers_of_their_events() -> None:
    await appended(("before", ""))
    assert await appended(("a", ""), ("b", ""), ("c", "")) == [True, True, True]


async def test_rows_that_are_there_already_are_not_new() -> None:
    await appended(("a", ""), ("b", ""))
    assert await appended(("a", ""), ("c", ""), ("b", ""), ("d", ""), ("a", "")) == [False, True, False, True, False]


async def test_of_equal_rows_the_first_is_new() -> None:
    assert await appended(("a", ""), ("a", ""), ("b", ""), ("a", "")) == [True, False, True, False]


async def test_a_group_without_a_new_row_has_no_numbers() -> None:
    await appended(("a", ""))
    assert await appended(("a", ""), ("a", "")) == [False, False]


async def test_a_row_with_a_taken_foreign_id_is_not_new_and_its_twin_without_one_is() -> None:
    await appended(("a", "order-1"))
    assert await appended(("b", "order-1"), ("b", "")) == [False, True]


async def test_more_rows_than_a_statement_takes_keep_their_order() -> None:
    before = [(str(number), "") for number in range(0, 100, 3)]
    await appended(*before)
    group = [(str(number), "") for number in range(100)]
    assert await appended(*group) == [one not in before for one in group]


async def test_a_zone_covers_its_events_when_an_equal_one_is_stored_behind_its_end() -> None:
    from pulse_project.core import db
    from telemetry import event_rows, store
    from telemetry.record import record_of
    from telemetry.rollups.tables import ZONE_NUMBERS

    def store_all() -> None:
        with db.write_tx():
            event_rows.go_on_above(ZONE_NUMBERS - 4)
        store.write([twin, twin, other])

    twin = record_of(event(timestamp=None), received_us=NOW_US)
    other = record_of(event(timestamp="2026-08-01T00:00:00Z"), received_us=NOW_US)
    await db.in_write(store_all)
    found = await db.in_read(_rows, "SELECT id, ts_us FROM telemetry_event")
    zones = {
        zone: bounds for zone, *bounds in await db.in_read(_rows, "SELECT zone, first_us, last_us FROM telemetry_zone")
    }
    assert {number // ZONE_NUMBERS for number, _ in found} == {0, 1}
    assert all(zones[number // ZONE_NUMBERS][0] <= ts <= zones[number // ZONE_NUMBERS][1] for number, ts in found)
