"""Pages of events in the order of receipt, and single events by their id."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypedDict

from pulse_project.core import clock, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.statements import connection_here, execute
from telemetry import attributes, event_rows, labels
from telemetry.event_plans import Plan, plan_for
from telemetry.models import Stamp
from telemetry.rollups.windows import Window

EVERYTHING = Window()
TOGETHER = 16  # rows that a server sends at once where the size of a page is bounded: 16 MiB at most

_COLUMNS = "e.id, e.event_id, e.type_id, e.source_id, e.version, e.event_ts, e.received_us, e.stamp, e.payload"


class EventItem(TypedDict):
    """An event as published: `timestamp` as sent, `received_at` UTC, `timestamp_source` producer or receiver."""

    event_id: str
    event_type: str
    version: int
    timestamp: str
    received_at: str
    timestamp_source: str
    source: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: everything given must hold. `before`: only those received before the one of this number."""

    window: Window = EVERYTHING
    type: str | None = None
    source: str | None = None
    payload: tuple[tuple[str, str], ...] = ()
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events with their numbers; `next_before` is None on the last page. `is_last`: no more follow at this moment."""

    events: list[EventItem]
    numbers: list[int]
    next_before: int | None = None
    is_last: bool = True


def show(event_id: str) -> EventItem | None:
    """The event of a published id, or None."""
    if len(event_id) != 64 or event_id.strip("0123456789abcdef"):
        return None
    condition, values = event_rows.with_id(bytes.fromhex(event_id))
    rows = execute(f"SELECT {_COLUMNS} FROM telemetry_event e WHERE {condition}", values).fetchall()  # noqa: S608
    return items(rows)[0] if rows else None


def page(wanted: Wanted, limit: int) -> Page:
    """Up to `limit` events, newest receipt first. Errors: VALIDATION_ERROR (a payload key that is not declared)."""
    rows = _rows(wanted, _Room(limit + 1), descending=True)
    numbers = [row[0] for row in rows[:limit]]
    is_last = len(rows) <= limit
    return Page(items(rows[:limit]), numbers, None if is_last else numbers[-1], is_last)


def following(wanted: Wanted, limit: int, *, most_text: int | None = None) -> Page:
    """Up to `limit` events received after `wanted.after`, oldest first: what a live tail reads.

    `most_text`: the page ends with the event whose payload reaches that many characters in all. In a read transaction.
    """
    room = _Room(limit, most_text)
    rows = _rows(wanted, room, descending=False)
    return Page(items(rows), [row[0] for row in rows], is_last=not room.is_full)


def items(rows: Sequence[Sequence[Any]]) -> list[EventItem]:
    """Rows of `_COLUMNS` as published events."""
    texts = labels.texts_of({row[2] for row in rows} | {row[3] for row in rows})
    return [
        EventItem(
            event_id=bytes(event_id).hex(),
            event_type=texts[type_id],
            version=version,
            timestamp=event_ts,
            received_at=clock.iso(received_us) or "",
            timestamp_source="producer" if stamp & Stamp.PRODUCER else "receiver",
            source=texts[source_id],
            payload=json.loads(payload),
        )
        for _, event_id, type_id, source_id, version, event_ts, received_us, stamp, payload in rows
    ]


class _Room:
    """What one read may still take: rows, and characters of payload (None: any number)."""

    def __init__(self, rows: int, text: int | None = None) -> None:
        self.rows, self.text = rows, text

    @property
    def is_full(self) -> bool:
        return self.rows <= 0 or (self.text is not None and self.text <= 0)

    def fill(self, cursor: Any) -> list[tuple[Any, ...]]:
        """Rows of an open cursor as far as they fit. A fetch from a server brings some more, which are dropped."""
        together = self.rows if self.text is None else 1 if db.vendor() == "sqlite" else TOGETHER
        found: list[tuple[Any, ...]] = []
        while not self.is_full and (some := cursor.fetchmany(together)):
            for row in some:
                if self.is_full:
                    break
                found.append(row)
                self.rows -= 1
                self.text = None if self.text is None else self.text - len(row[-1])
        return found


class _Conditions:
    """A WHERE clause under construction."""

    def __init__(self) -> None:
        self.joins: list[str] = []
        self.texts: list[str] = []
        self.values: list[Any] = []

    def add(self, text: str, *values: Any) -> None:
        self.texts.append(text)
        self.values += values

    def copy(self) -> "_Conditions":
        twin = _Conditions()
        twin.joins, twin.texts, twin.values = list(self.joins), list(self.texts), list(self.values)
        return twin


def _rows(wanted: Wanted, room: _Room, *, descending: bool) -> list[tuple[Any, ...]]:
    plan = plan_for(wanted.window)
    found = _conditions(wanted, plan)
    if found is None:
        return []
    if plan.instants:
        return _sorted_by_receipt(found, plan, room, descending=descending)
    rows: list[tuple[Any, ...]] = []
    for first, end in (plan.numbers[::-1] if descending else plan.numbers) or ((None, None),):
        stretch = found.copy()
        if first is not None:
            stretch.add("e.id >= %s AND e.id < %s", first, end)
        rows += _select(stretch, "e.id DESC" if descending else "e.id", room)
        if room.is_full:
            break
    return rows


def _sorted_by_receipt(found: _Conditions, plan: Plan, room: _Room, *, descending: bool) -> list[tuple[Any, ...]]:
    """All events of the plan's instants, in order of receipt. `+` keeps SQLite from walking by receipt instead."""
    spans = " OR ".join(["e.ts_us >= %s AND e.ts_us < %s"] * len(plan.instants))
    found.add(f"({spans})", *(edge for span in plan.instants for edge in span))
    return _select(found, f"+e.id {'DESC' if descending else 'ASC'}", room)


def _select(found: _Conditions, order: str, room: _Room) -> list[tuple[Any, ...]]:
    where = f" WHERE {' AND '.join(found.texts)}" if found.texts else ""
    statement = f"SELECT {_COLUMNS} FROM telemetry_event e{''.join(found.joins)}{where} ORDER BY {order} LIMIT %s"  # noqa: S608
    with closing(_cursor(statement, (*found.values, room.rows), room)) as cursor:
        return room.fill(cursor)


def _cursor(statement: str, parameters: Sequence[Any], room: _Room) -> Any:
    """SQLite fetches as it is asked; PostgreSQL's driver holds the whole answer unless the server keeps the cursor."""
    if room.text is None or db.vendor() == "sqlite":
        return execute(statement, parameters)
    cursor = connection_here().chunked_cursor()
    cursor.execute(statement, parameters)
    return cursor


def _conditions(wanted: Wanted, plan: Plan) -> _Conditions | None:
    """What every event must fulfil; None when none can. `+` leaves an index to where the plan does not need it."""
    if plan.is_empty:
        return None
    found = _Conditions()
    for name, text in (("type_id", wanted.type), ("source_id", wanted.source)):
        if text is not None:
            label = labels.known(text)
            if label is None:
                return None
            found.add(f"{'+' if plan.instants else ''}e.{name} = %s", label.id)
    if not _add_payload(found, wanted.payload):
        return None
    _add_window(found, wanted.window)
    if wanted.before is not None:
        found.add("e.id < %s", wanted.before)
    if wanted.after is not None:
        found.add("e.id > %s", wanted.after)
    return found


def _add_window(found: _Conditions, window: Window) -> None:
    if window.since is not None:
        found.add("e.event_ts >= %s", window.since)
    if window.start_us is not None:
        found.add("+e.ts_us >= %s", window.start_us)
    if window.end_us is not None:
        found.add("+e.ts_us < %s", window.end_us)


def _add_payload(found: _Conditions, payload: Sequence[tuple[str, str]]) -> bool:
    """Join the index of declared keys; False when a value was never seen."""
    declared = attributes.filterable() if payload else {}
    for index, (name, text) in enumerate(payload):
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none"
            raise Failure(
                Code.VALIDATION_ERROR,
                f"That payload key is not ready for filtering. Ready: {known}. Operators declare more.",
                field="payload",
            )  # fmt: skip
        label = labels.known(text)
        if label is None:
            return False
        found.joins.append(f" JOIN telemetry_attribute a{index} ON a{index}.event_number = e.id")
        found.add(f"a{index}.key_id = %s AND a{index}.value_id = %s", declared[name], label.id)
    return True
