"""The monthly partitions of events on PostgreSQL: made ahead by the leading process, dropped once they are empty."""

import logging
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, connection

from pulse_project.core import clock, db

logger = logging.getLogger("pulse.telemetry")

MONTHS_AHEAD: Final = 2
PREFIX: Final = "telemetry_event_m"  # telemetry_event_m202611

_PRESENT = (
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'telemetry_event'::regclass AND c.relname LIKE 'telemetry\\_event\\_m%%'"
)


def keep() -> None:
    """Have a partition for this month and the next ones, and none for past months without events. SQLite has none."""
    if db.vendor() != "postgresql":
        return
    make_ahead()
    drop_empty()


def make_ahead() -> None:
    """Make what is missing. Rows that came meanwhile lie in the default partition; their month stays there."""
    present = set(names())
    for month in range(MONTHS_AHEAD + 1):
        name, first_us, end_us = _month(month)
        if name in present:
            continue
        try:
            with db.write_tx(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                cursor.execute(
                    f"CREATE TABLE {name} PARTITION OF telemetry_event FOR VALUES FROM ({first_us}) TO ({end_us})"
                )
        except DatabaseError as error:
            logger.warning("partition %s has to wait: %s", name, error)


def drop_empty() -> None:
    """Drop the partitions of past months that retention has emptied."""
    current = _month(0)[0]
    for name in names():
        if name < current:
            with db.write_tx(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                cursor.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE")
                cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {name})")  # noqa: S608 - a name of our own making
                if not cursor.fetchone()[0]:
                    cursor.execute(f"DROP TABLE {name}")


def names() -> list[str]:
    """The monthly partitions, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT)
        return sorted(name for (name,) in cursor.fetchall())


def _month(ahead: int) -> tuple[str, int, int]:
    """Name, first instant and first beyond of a month, counted from the present one."""
    now = clock.now()
    first = _first_of(now.year, now.month + ahead)
    following = _first_of(now.year, now.month + ahead + 1)
    return f"{PREFIX}{first:%Y%m}", clock.to_us(first), clock.to_us(following)


def _first_of(year: int, month: int) -> datetime:
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1, tzinfo=UTC)
