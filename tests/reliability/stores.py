"""The store of an install, read beside its server, and its counters against a count of the rows."""

import sqlite3
from contextlib import closing
from typing import Any

from tests.serve.conftest import Install

Rows = list[tuple[Any, ...]]

COUNTED = {
    "lanes": (
        "SELECT agent_id, unread, delivered, read, parked FROM nexus_lanecount ORDER BY 1",
        "SELECT recipient, SUM(CASE lane WHEN 0 THEN 1 ELSE 0 END), SUM(CASE lane WHEN 1 THEN 1 ELSE 0 END),"
        " SUM(CASE lane WHEN 2 THEN 1 ELSE 0 END), SUM(CASE lane WHEN 3 THEN 1 ELSE 0 END)"
        " FROM nexus_messagedelivery GROUP BY 1 ORDER BY 1",
    ),
    "pairs": (
        "SELECT workspace_id, from_agent_id, to_agent_id, unread, delivered FROM nexus_messagepair ORDER BY 1, 2, 3",
        "SELECT m.workspace_id, m.from_agent_id, d.recipient, SUM(CASE lane WHEN 0 THEN 1 ELSE 0 END),"
        " SUM(CASE lane WHEN 1 THEN 1 ELSE 0 END) FROM nexus_messagedelivery d JOIN nexus_message m"
        " ON m.id = d.message_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    ),
    "messages": (
        "SELECT SUM(message_count) FROM nexus_messagepair",
        "SELECT SUM(recipient_count) FROM nexus_message",
    ),
    "handoffs": (
        "SELECT workspace_id, open_handoffs, claimed_handoffs FROM nexus_workspacecount ORDER BY 1",
        "SELECT workspace_id, SUM(CASE status WHEN 'OPEN' THEN 1 ELSE 0 END),"
        " SUM(CASE status WHEN 'CLAIMED' THEN 1 ELSE 0 END) FROM nexus_handoff GROUP BY 1 ORDER BY 1",
    ),
}


def rows(place: Install, statement: str) -> Rows:
    """What an onlooker finds with one statement that both engines know."""
    if place.database_url:
        import psycopg

        with psycopg.connect(place.database_url, autocommit=True) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]
    with closing(sqlite3.connect(place.database, timeout=10)) as raw:
        return raw.execute(statement).fetchall()


def miscounted(place: Install) -> dict[str, tuple[Rows, Rows]]:
    """Every counter that differs from a count of its rows, with both."""
    found = {name: (rows(place, kept), rows(place, counted)) for name, (kept, counted) in COUNTED.items()}
    return {name: pair for name, pair in found.items() if _plain(pair[0]) != _plain(pair[1])}


def _plain(found: Rows) -> list[list[Any]]:
    """Sums of PostgreSQL come as decimals."""
    return sorted([cell if isinstance(cell, str | None) else int(cell) for cell in row] for row in found)


def change(place: Install, *statements: str) -> None:
    """Write as another program would, in one transaction."""
    if place.database_url:
        import psycopg

        with psycopg.connect(place.database_url) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]
            connection.execute("ANALYZE")  # as the server's own housekeeping would within a minute
        return
    with closing(sqlite3.connect(place.database, timeout=10)) as raw, raw:
        raw.execute("PRAGMA wal_autocheckpoint = 0")
        for statement in statements:
            raw.execute(statement)


NUMBERS = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
OLD_EVENTS = (
    "INSERT INTO nexus_event (seq, type, actor, created_us, workspace_id, stream, visibility, principal, audience,"
    " payload) {numbers} SELECT i, 'test.happened', 'old', {created_us}, w.id, 0, 0, 'agent:old',"
    """ '["*","a:old"]', '{{}}' FROM n, nexus_workspace w"""
)
OLD_KEYS = (
    'INSERT INTO nexus_audience (workspace_id, stream, "key", seq, from_us) {numbers}'
    " SELECT w.id, 0, k.name, i, 0 FROM n, nexus_workspace w, (SELECT '*' AS name UNION SELECT 'a:old') k"
)
RAISE_HEAD = "UPDATE core_logcounter SET head = head + {count} WHERE name = 'nexus'"


def append_old_events(place: Install, count: int, *, created_us: int) -> None:
    """Public events of the one workspace, appended to the log as if they had been written at that time."""
    ((head,),) = rows(place, "SELECT head FROM core_logcounter WHERE name = 'nexus'")
    numbers = NUMBERS.format(first=head + 1, last=head + count)
    told = {"numbers": numbers, "created_us": created_us, "count": count}
    change(place, *(statement.format(**told) for statement in (OLD_EVENTS, OLD_KEYS, RAISE_HEAD)))
