"""The event log as operators page through it, whatever the visibility."""

from nexus import event_rows, sql
from nexus.models import Stream
from pulse_project.core.errors import Code, Failure

STREAMS = {stream.label: stream.value for stream in Stream if stream is not Stream.OPEN_HANDOFFS}

_ALL = sql.Statement(f"SELECT {event_rows.COLUMNS} WHERE e.seq > %s ORDER BY e.seq LIMIT %s")
_OF_WORKSPACE = sql.Statement(
    f"SELECT {event_rows.COLUMNS} WHERE w.workspace_id = %s AND e.stream {{in}} AND e.seq > %s ORDER BY e.seq LIMIT %s"
)
_OF_STREAM = sql.Statement(f"SELECT {event_rows.COLUMNS} WHERE e.stream = %s AND e.seq > %s ORDER BY e.seq LIMIT %s")


def after(seq: int, limit: int, *, workspace_id: str | None, stream: str | None) -> list[event_rows.EventRow]:
    """At most `limit` rows above `seq`, oldest first."""
    number = _number(stream)
    if workspace_id:
        streams = STREAMS.values() if number is None else [number]
        found = sql.rows(_OF_WORKSPACE, workspace_id, sql.many(streams), seq, limit)
    elif number is not None:
        found = sql.rows(_OF_STREAM, number, seq, limit)
    else:
        found = sql.rows(_ALL, seq, limit)
    return [event_rows.EventRow(*row) for row in found]


def _number(stream: str | None) -> int | None:
    if not stream:
        return None
    if stream not in STREAMS:
        raise Failure(Code.INVALID_STREAM, f"stream is one of: {', '.join(STREAMS)}.", field="stream")
    return STREAMS[stream]
