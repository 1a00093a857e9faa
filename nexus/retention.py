"""Deleting what is over: events, read deliveries and closed sessions past their windows. Live state is never touched.

Every batch commits by itself, so that the write lock is free between two of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypedDict

from django.db.models import F

from nexus import audience, event_reads, sql
from nexus.models import Event, Lane, LaneCount, MessageDelivery, MessageEdge, Session
from pulse_project.core import clock, conf
from pulse_project.core.models import LogCounter
from pulse_project.core.steps import compact, in_steps

BATCH_ROWS = 500
BATCHES_AT_START = 4
DAY_US = 24 * 3600 * 1_000_000
HOUR_US = 3600 * 1_000_000
PROTECTED = (
    "unread, in-flight and parked deliveries, open sessions, and all handoffs, tasks, messages, channels, agents, "
    "workspaces and artifacts"
)

_OLDEST = sql.Statement(
    "SELECT seq, workspace_id, stream, audience FROM nexus_event WHERE seq > %s AND seq < %s ORDER BY seq LIMIT %s"
)
_DROP_EVENTS = sql.Statement("DELETE FROM nexus_event WHERE seq > %s AND seq <= %s")


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
    """One kind of row: how many are past a cutoff, and how to delete the next rows of them.

    `end` turns the cutoff into what `delete_batch(end, rows)` needs, once a pass. `also(cutoff, rows)` deletes what
    belongs to them and is not counted.
    """

    name: str
    window: str
    count: Callable[[int], int]
    delete_batch: Callable[[int, int], int]
    end: Callable[[int], int] = lambda cutoff: cutoff
    also: Callable[[int, int], int] | None = None


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
    limit = None if batches is None else batches * BATCH_ROWS
    if table.also is not None:
        in_steps(partial(table.also, cutoff), limit=limit, most_rows=BATCH_ROWS)
    end = table.end(cutoff)
    deleted, is_through = in_steps(partial(table.delete_batch, end), limit=limit, most_rows=BATCH_ROWS)
    return {"deleted": deleted, "complete": is_through or table.count(cutoff) == 0}


def _vacuum(*, requested: bool, dry_run: bool) -> Vacuum:
    if not requested:
        return {"requested": False, "ran": False, "skipped_reason": None}
    if dry_run:
        return {"requested": True, "ran": False, "skipped_reason": "dry run"}
    compact()
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


def _delete_events(first_kept: int, limit: int) -> int:
    floor = event_reads.log_floor()
    rows = sql.rows(_OLDEST, floor, first_kept, limit)
    if not rows:
        return 0
    last = rows[-1][0]
    subjects = [(workspace, stream, key) for _, workspace, stream, kept in rows for key in audience.decode(kept)]
    audience.remove_span((floor, last), subjects)
    sql.change(_DROP_EVENTS, floor, last)
    LogCounter.objects.filter(name="nexus").update(floor=last)
    return len(rows)


def _delete_hours(cutoff: int, limit: int) -> int:
    old = MessageEdge.objects.filter(hour__lt=cutoff // HOUR_US)
    ids = list(old.order_by("hour").values_list("id", flat=True)[:limit])
    MessageEdge.objects.filter(id__in=ids).delete()
    return len(ids)


def _count_deliveries(cutoff: int) -> int:
    return MessageDelivery.objects.filter(lane=Lane.READ, read_us__lt=cutoff).count()


def _delete_deliveries(cutoff: int, limit: int) -> int:
    deleted = 0
    for agent_id in LaneCount.objects.filter(read__gt=0).order_by("agent_id").values_list("agent_id", flat=True):
        old = MessageDelivery.objects.filter(recipient=agent_id, lane=Lane.READ, read_us__lt=cutoff)
        ids = list(old.order_by("read_us").values_list("id", flat=True)[: limit - deleted])
        if ids:
            MessageDelivery.objects.filter(id__in=ids).delete()
            LaneCount.objects.filter(agent_id=agent_id).update(read=F("read") - len(ids))
            deleted += len(ids)
        if deleted >= limit:
            break
    return deleted


def _closed_sessions(cutoff: int) -> Any:
    return Session.objects.filter(closed_us__isnull=False, closed_us__lt=cutoff)


def _delete_sessions(cutoff: int, limit: int) -> int:
    ids = list(_closed_sessions(cutoff).order_by("closed_us").values_list("id", flat=True)[:limit])
    Session.objects.filter(id__in=ids).delete()
    return len(ids)


TABLES = (
    Table("events", "events", _count_events, _delete_events, _first_kept_event, _delete_hours),
    Table("message_deliveries", "read_deliveries", _count_deliveries, _delete_deliveries),
    Table("sessions", "closed_sessions", lambda cutoff: _closed_sessions(cutoff).count(), _delete_sessions),
)
