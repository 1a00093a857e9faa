"""The bus's log as a source of the hub: rows, their keys, and reads of one key by index."""

from collections.abc import Sequence
from typing import Any

from nexus import audience, event_reads, sql
from nexus.event_rows import COLUMNS, EventRow, by_seq
from nexus.models import Stream
from pulse_project.core import clock
from pulse_project.core.tail.entries import Entry, Letter, register_source

LETTER: Letter = "n"
EVERYTHING = "nexus"
ROW_BYTES = 500  # a row without its texts
STREAMS = (Stream.WORKSPACE, Stream.AGENT, Stream.HANDOFF)

_AFTER = sql.Statement(f"SELECT {COLUMNS} WHERE e.seq > %s ORDER BY e.seq LIMIT %s")
_BETWEEN = sql.Statement(f"SELECT {COLUMNS} WHERE e.seq > %s AND e.seq <= %s ORDER BY e.seq LIMIT %s")
_OF_STREAM = sql.Statement(
    "SELECT seq FROM nexus_event WHERE workspace_id = %s AND stream = %s AND seq > %s AND seq <= %s"
    " ORDER BY seq LIMIT %s"
)
_WORKSPACE = sql.Statement("SELECT id FROM nexus_workspace WHERE workspace_id = %s")
_WORKSPACES = sql.Statement("SELECT id FROM nexus_workspace")

Span = tuple[int, int]  # after < seq <= upto


class BusSource:
    """`nexus_event`, read by `seq`."""

    letter: Letter = LETTER

    def head(self) -> int:
        return event_reads.log_head()

    def floor(self) -> int:
        return event_reads.log_floor()

    def read_after(self, seq: int, limit: int) -> list[Entry]:
        return _entries(sql.rows(_AFTER, seq, limit))


def workspace_key(workspace_id: str) -> str:
    """The key of a workspace's events, by its public id."""
    return f"ws:{workspace_id}"


def agent_key(agent_id: str) -> str:
    """The key of the events that concern an agent: its own, and those addressed to it."""
    return _concern(audience.agent_key(agent_id))


def _concern(name: str) -> str:
    return f"agent:{name.removeprefix('a:')}"


def keys_of(row: EventRow) -> frozenset[str]:
    """`nexus`, `ws:<workspace_id>`, and `agent:<agent_id>` of everybody whom the row concerns."""
    concerned = {_concern(name) for name in row.admitted() if name.startswith(("a:", "A:"))}
    return frozenset({EVERYTHING, workspace_key(row.workspace_id)} | concerned)


def _entries(rows: Sequence[Sequence[Any]]) -> list[Entry]:
    return [entry_of(EventRow(*row)) for row in rows]


def entry_of(row: EventRow) -> Entry:
    return Entry(LETTER, row.seq, row.type, keys_of(row), row, ROW_BYTES + len(row.payload) + len(row.audience))


def rows_of_everything(span: Span, limit: int) -> list[Entry]:
    return _entries(sql.rows(_BETWEEN, *span, limit))


def rows_of_workspace(workspace_id: str, span: Span, limit: int) -> list[Entry]:
    """Rows of one workspace, from one index range per stream."""
    found = sql.row(_WORKSPACE, workspace_id)
    if found is None:
        return []
    seqs = [row[0] for stream in STREAMS for row in sql.rows(_OF_STREAM, found[0], int(stream), *span, limit)]
    return [entry_of(row) for row in by_seq(sorted(seqs)[:limit])]


def rows_of_agent(agent_id: str, span: Span, limit: int) -> list[Entry]:
    """Rows that concern one agent, from one index range per workspace and stream."""
    after, upto = span
    keys = (audience.agent_key(agent_id),)
    now_us = clock.now_us()
    seqs = [
        seq
        for (workspace,) in sql.rows(_WORKSPACES)
        for stream in STREAMS
        for seq in audience.visible(workspace, stream, keys, after=after, limit=limit, now_us=now_us)
        if seq <= upto
    ]
    return [entry_of(row) for row in by_seq(sorted(seqs)[:limit])]


register_source(BusSource())
