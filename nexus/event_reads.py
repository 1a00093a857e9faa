"""Reads of the event log as one agent sees it: one index range per key of the reader, whatever the log holds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nexus import audience, sql
from nexus.event_filters import Filters
from nexus.event_rows import EventRow, by_seq
from nexus.models import Stream
from pulse_project.core import clock, db, rewinds
from pulse_project.core.errors import Code, Failure

CHUNK = 200  # candidates looked at in one go when a filter is set
FETCHED_AT_ONCE = 25
MAX_CHUNKS = 10  # then the page ends early, with `has_more`, so that no call walks a log

_STREAM_HEAD = sql.Statement(
    "SELECT seq FROM nexus_event WHERE workspace_id = %s AND stream = %s ORDER BY seq DESC LIMIT 1"
)
_LOG_HEAD = sql.Statement("SELECT head FROM core_logcounter WHERE name = 'nexus'")
_LOG_HEAD_AND_LOST = sql.Statement(
    "SELECT c.head, CAST(m.value AS text) FROM core_logcounter c"
    " LEFT JOIN core_storemark m ON m.name = 'lost:nexus' WHERE c.name = 'nexus'"
)
_LOG_FLOOR = sql.Statement("SELECT floor FROM core_logcounter WHERE name = 'nexus'")
_OF_HANDOFF = sql.Statement("SELECT seq FROM nexus_event WHERE handoff_id = %s AND seq > %s ORDER BY seq LIMIT %s")
_OF_TASK = sql.Statement("SELECT seq FROM nexus_event WHERE task_id = %s AND seq > %s ORDER BY seq LIMIT %s")
_OF_TYPE = sql.Statement(
    "SELECT seq FROM nexus_event WHERE workspace_id = %s AND stream = %s AND type = %s AND seq > %s"
    " ORDER BY seq LIMIT %s"
)


@dataclass(frozen=True, slots=True)
class Query:
    """What one agent wants of one stream: `keys` are its audience keys, `after` the last number it has."""

    workspace: int
    workspace_id: str
    stream: Stream
    keys: tuple[str, ...]
    filters: Filters
    after: int
    limit: int

    def admits(self, row: EventRow, now_us: int) -> bool:
        """Whether a row belongs to this read: the check in memory that equals the read of the index."""
        return (
            row.workspace_id == self.workspace_id
            and row.stream == self.stream
            and self.filters.admit(type=row.type, actor=row.actor, task_id=row.task_id, handoff_id=row.handoff_id)
            and audience.admits(row.admitted(), self.keys, now_us=now_us)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order; `head` is the whole log's last number in the same snapshot, from where a wait may go on."""

    rows: list[EventRow]
    next_cursor: int
    has_more: bool
    head: int


def read(query: Query) -> Page:
    """One page in one snapshot. A cursor that the store does not know is VALIDATION_ERROR with `details.head`."""
    with db.read_tx():
        head = _checked_head(query.after)
        rows, scanned_to = _filtered(query) if query.filters else _plain(query)
        if len(rows) > query.limit:
            kept = rows[: query.limit]
            return Page(kept, kept[-1].seq, True, head)
        if scanned_to is not None:
            return Page(rows, scanned_to, True, head)
        return Page(rows, max(query.after, stream_head(query.workspace, query.stream)), False, head)


def remembered(query: Query, cursor: int, rows: list[EventRow]) -> Page:
    """The page that rows above a page's end make: all that matched since, in order."""
    kept = rows[: query.limit]
    return Page(kept, max(cursor, kept[-1].seq), len(rows) > query.limit, kept[-1].seq)


def _checked_head(after: int) -> int:
    """The log's head, once `after` is known to be a position in this history of the store."""
    head, lost = sql.row(_LOG_HEAD_AND_LOST) or (0, None)
    if after > head:
        sentence = "cursor lies above the log's end: the store was restored or reset. Start again from details.head."
    elif rewinds.end_in_text(lost, after) is not None:
        sentence = "cursor lies in a part of the log that a restore took back. Start again from details.head."
    else:
        return int(head)
    raise Failure(Code.VALIDATION_ERROR, sentence, field="cursor", reason="rewound", head=head)


def log_head() -> int:
    """The number of the last event of all workspaces."""
    found = sql.row(_LOG_HEAD)
    return found[0] if found else 0


def log_floor() -> int:
    """The highest number that retention has deleted."""
    found = sql.row(_LOG_FLOOR)
    return found[0] if found else 0


def stream_head(workspace: int, stream: Stream) -> int:
    found = sql.row(_STREAM_HEAD, workspace, int(stream))
    return found[0] if found else 0


def _plain(query: Query) -> tuple[list[EventRow], int | None]:
    seqs = _seen(query, query.keys, query.after, query.limit + 1)
    return by_seq(seqs) if seqs else [], None


def _filtered(query: Query) -> tuple[list[EventRow], int | None]:
    """Matching rows, and where the look-out stopped when it ended before the page was full and the log was through."""
    rows: list[EventRow] = []
    now_us = clock.now_us()
    stopped: int | None = None
    for seqs in _chunks(query):
        for start in range(0, len(seqs), FETCHED_AT_ONCE):
            found = by_seq(seqs[start : start + FETCHED_AT_ONCE])
            rows.extend(row for row in found if query.admits(row, now_us))
            if len(rows) > query.limit:
                return rows, None
        stopped = seqs[-1] if len(seqs) == CHUNK else None
    return rows, stopped


def _chunks(query: Query) -> Iterator[list[int]]:
    """Candidates in order, at most `MAX_CHUNKS` times `CHUNK`."""
    after = query.after
    for _ in range(MAX_CHUNKS):
        seqs = _candidates(replace(query, after=after))
        if seqs:
            yield seqs
        if len(seqs) < CHUNK:
            return
        after = seqs[-1]


def _candidates(query: Query) -> list[int]:
    """The next numbers of the index that passes over least: the first that ends, else the one that gets furthest."""
    furthest: list[int] = []
    for seqs in _offers(query):
        if len(seqs) < CHUNK:
            return seqs
        furthest = max(furthest, seqs, key=lambda found: found[-1] if found else 0)
    return furthest


def _offers(query: Query) -> Iterator[list[int]]:
    """Candidates by every index that holds all rows that the filters and the reader's keys can admit."""
    filters = query.filters
    if filters.handoff_id is not None:
        yield _numbers(_OF_HANDOFF, filters.handoff_id, query.after, CHUNK)
    if filters.task_id is not None:
        yield _numbers(_OF_TASK, filters.task_id, query.after, CHUNK)
    if filters.agent_id is not None:  # an actor always sees its own events
        yield _seen(query, (audience.agent_key(filters.agent_id),), query.after, CHUNK)
    if filters.type is not None:
        yield _numbers(_OF_TYPE, query.workspace, int(query.stream), filters.type, query.after, CHUNK)
    yield _seen(query, query.keys, query.after, CHUNK)


def _numbers(statement: sql.Statement, *values: Any) -> list[int]:
    return [row[0] for row in sql.rows(statement, *values)]


def _seen(query: Query, keys: tuple[str, ...], after: int, limit: int) -> list[int]:
    return audience.visible(query.workspace, query.stream, keys, after=after, limit=limit, now_us=clock.now_us())
