"""Deleting what is over: events, read deliveries and closed sessions past their windows. Live state is never touched.

Every batch commits by itself, so that the write lock is free between two of them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypedDict

from django.db import connection
from django.db.models import F

from nexus.models import Audience, Event, Lane, LaneCount, MessageDelivery, MessageEdge, Session
from pulse_project.core import clock, conf, db
from pulse_project.core.models import LogCounter

BATCH_ROWS = 500
BATCHES_AT_START = 4
DAY_US = 24 * 3600 * 1_000_000
HOUR_US = 3600 * 1_000_000
PROTECTED = (
    "unread, in-flight and parked deliveries, open sessions, and all handoffs, tasks, messages, channels, agents, "
    "workspaces and artifacts"
)


class TableReport(TypedDict):
    deleted: int
    complete: bool


class Vacuum(TypedDict):
    requested: bool
    ran: bool
    skipped_reason: str | None


class PruneReport(TypedDict):
    """What a pass deleted (or, dry, would delete)."""

    dry_run: bool
    now: str
    windows_days: dict[str, int]
    cutoffs: dict[str, str]
    tables: dict[str, TableReport]
    total_deleted: int
    protected: str
    vacuum: Vacuum


@dataclass(frozen=True)
class Windows:
    """Days that each kind of row is kept."""

    events: int = field(default_factory=lambda: conf.current().retention_events_keep_days)
    read_deliveries: int = field(default_factory=lambda: conf.current().retention_read_deliveries_keep_days)
    closed_sessions: int = field(default_factory=lambda: conf.current().retention_closed_sessions_keep_days)

    def as_dict(self) -> dict[str, int]:
        return {
            "events": self.events,
            "read_deliveries": self.read_deliveries,
            "closed_sessions": self.closed_sessions,
        }


@dataclass(frozen=True)
class Table:
    """One kind of row: how many are past a cutoff, and how to delete the next batch of them.

    `also` deletes batches of what belongs to them and is not counted.
    """

    name: str
    window: str
    count: Callable[[int], int]
    delete_batch: Callable[[int], int]
    also: Callable[[int], int] | None = None


def prune(
    windows: Windows, *, dry_run: bool, vacuum: bool = False, batches: int | None = None, as_of_us: int | None = None
) -> PruneReport:
    """Count or delete everything past its window; `batches` bounds the work per table (None = all of it).

    `as_of_us` is the `now` of a dry run: deleting with it deletes what that run counted.
    """
    now = clock.now_us() if as_of_us is None else min(as_of_us, clock.now_us())
    cutoffs = {name: now - days * DAY_US for name, days in windows.as_dict().items()}
    tables: dict[str, TableReport] = {}
    for table in TABLES:
        cutoff = cutoffs[table.window]
        if dry_run:
            tables[table.name] = {"deleted": table.count(cutoff), "complete": True}
        else:
            tables[table.name] = _delete(table, cutoff, batches)
    return {
        "dry_run": dry_run,
        "now": clock.from_us(now).isoformat(timespec="microseconds"),
        "windows_days": windows.as_dict(),
        "cutoffs": {name: clock.from_us(us).isoformat(timespec="microseconds") for name, us in cutoffs.items()},
        "tables": tables,
        "total_deleted": sum(report["deleted"] for report in tables.values()),
        "protected": PROTECTED,
        "vacuum": _vacuum(requested=vacuum, dry_run=dry_run),
    }


def prune_on_start() -> PruneReport | None:
    """The bounded pass of `auto_prune_on_start`; None when that is off."""
    if not conf.current().auto_prune_on_start:
        return None
    return prune(Windows(), dry_run=False, batches=BATCHES_AT_START)


def _delete(table: Table, cutoff: int, batches: int | None) -> TableReport:
    if table.also is not None:
        _in_steps(table.also, cutoff, batches)
    deleted, is_through = _in_steps(table.delete_batch, cutoff, batches)
    return {"deleted": deleted, "complete": is_through or table.count(cutoff) == 0}


def _in_steps(delete_batch: Callable[[int], int], cutoff: int, batches: int | None) -> tuple[int, bool]:
    """Rows deleted, and whether none is left."""
    deleted, done = 0, 0
    while batches is None or done < batches:
        with db.write_tx(maintenance=True):
            count = delete_batch(cutoff)
        deleted += count
        done += 1
        if count < BATCH_ROWS:
            return deleted, True
    return deleted, False


def _vacuum(*, requested: bool, dry_run: bool) -> Vacuum:
    if not requested:
        return {"requested": False, "ran": False, "skipped_reason": None}
    if dry_run:
        return {"requested": True, "ran": False, "skipped_reason": "dry run"}
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    return {"requested": True, "ran": True, "skipped_reason": None}


def _first_kept_event(cutoff: int) -> int:
    """The lowest `seq` at or after the cutoff, by halving: `seq` and time grow together."""
    counter = LogCounter.objects.filter(name="nexus").first()
    low, high = (counter.floor + 1, counter.head + 1) if counter else (1, 1)
    while low < high:
        middle = (low + high) // 2
        row = Event.objects.filter(seq__gte=middle).order_by("seq").values_list("seq", "created_us").first()
        if row is None or row[1] >= cutoff:
            high = middle
        else:
            low = row[0] + 1
    return low


def _count_events(cutoff: int) -> int:
    return Event.objects.filter(seq__lt=_first_kept_event(cutoff)).count()


def _delete_events(cutoff: int) -> int:
    rows = list(
        Event.objects.filter(seq__lt=_first_kept_event(cutoff))
        .order_by("seq")
        .values_list("seq", "workspace_id", "stream", "audience")[:BATCH_ROWS]
    )
    if not rows:
        return 0
    delete_audience([(workspace, stream, seq, audience) for seq, workspace, stream, audience in rows])
    Event.objects.filter(seq__lte=rows[-1][0]).delete()
    LogCounter.objects.filter(name="nexus").update(floor=rows[-1][0])
    return len(rows)


def _delete_hours(cutoff: int) -> int:
    old = MessageEdge.objects.filter(hour__lt=cutoff // HOUR_US)
    ids = list(old.order_by("hour").values_list("id", flat=True)[:BATCH_ROWS])
    MessageEdge.objects.filter(id__in=ids).delete()
    return len(ids)


def delete_audience(subjects: list[tuple[int, int, int, str]]) -> None:
    """Drop the index rows of events, given as (workspace, stream, seq, audience as stored)."""
    keys = [
        (workspace, stream, entry if isinstance(entry, str) else entry[0], seq)
        for workspace, stream, seq, audience in subjects
        for entry in json.loads(audience)
    ]
    table = Audience._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f'DELETE FROM {table} WHERE workspace_id = %s AND stream = %s AND "key" = %s AND seq = %s',  # noqa: S608
            keys,
        )


def _count_deliveries(cutoff: int) -> int:
    return MessageDelivery.objects.filter(lane=Lane.READ, read_us__lt=cutoff).count()


def _delete_deliveries(cutoff: int) -> int:
    deleted = 0
    for agent_id in LaneCount.objects.filter(read__gt=0).order_by("agent_id").values_list("agent_id", flat=True):
        old = MessageDelivery.objects.filter(recipient=agent_id, lane=Lane.READ, read_us__lt=cutoff)
        ids = list(old.order_by("read_us").values_list("id", flat=True)[: BATCH_ROWS - deleted])
        if ids:
            MessageDelivery.objects.filter(id__in=ids).delete()
            LaneCount.objects.filter(agent_id=agent_id).update(read=F("read") - len(ids))
            deleted += len(ids)
        if deleted >= BATCH_ROWS:
            break
    return deleted


def _closed_sessions(cutoff: int) -> Any:
    return Session.objects.filter(closed_us__isnull=False, closed_us__lt=cutoff)


def _delete_sessions(cutoff: int) -> int:
    ids = list(_closed_sessions(cutoff).order_by("closed_us").values_list("id", flat=True)[:BATCH_ROWS])
    Session.objects.filter(id__in=ids).delete()
    return len(ids)


TABLES = (
    Table("events", "events", _count_events, _delete_events, _delete_hours),
    Table("message_deliveries", "read_deliveries", _count_deliveries, _delete_deliveries),
    Table("sessions", "closed_sessions", lambda cutoff: _closed_sessions(cutoff).count(), _delete_sessions),
)
