"""Events as Parquet, with the optional extra `parquet` (pyarrow), which is imported when somebody asks for it."""

import importlib
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from pulse_project.core.errors import Code, Failure
from telemetry.event_reads import EventItem
from telemetry.export_formats import payload_text

GROUP_EVENTS: Final = 20_000  # of one row group: large enough to compress well
GROUP_TEXT: Final = 8 * 1024 * 1024  # characters of payload after which a row group ends
TEXTS: Final = ("event_id", "event_type", "timestamp", "timestamp_source", "source")


class Parquet:
    """Row groups of up to 20,000 events, zstd. `received_at` is an instant in UTC, the payload JSON text."""

    media_type: ClassVar[bytes] = b"application/vnd.apache.parquet"

    def __init__(self) -> None:
        """Errors: VALIDATION_ERROR when the extra is not installed."""
        try:
            self._arrow = importlib.import_module("pyarrow")
            self._compute = importlib.import_module("pyarrow.compute")
            parquet = importlib.import_module("pyarrow.parquet")
        except ImportError as error:
            raise Failure(
                Code.VALIDATION_ERROR,
                "Parquet needs the extra `parquet`. Install it on the server, or ask for ndjson or csv.",
                field="format",
            ) from error
        self._sink = _Sink()
        self._schema = _schema(self._arrow)
        self._file = self._arrow.PythonFile(self._sink, mode="w")
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []
        self._text = 0

    def begin(self) -> bytes:
        return self._sink.taken()

    def write(self, events: Sequence[EventItem]) -> bytes:
        for event in events:
            payload = payload_text(event)
            self._rows.append({**event, "payload": payload})
            self._text += len(payload)
        if len(self._rows) >= GROUP_EVENTS or self._text >= GROUP_TEXT:
            self._write_group()
        return self._sink.taken()

    def end(self) -> bytes:
        if self._rows:
            self._write_group()
        self._writer.close()
        return self._sink.taken()

    def _write_group(self) -> None:
        rows, self._rows, self._text = self._rows, [], 0
        columns = {name: [row[name] for row in rows] for name in self._schema.names}
        received = self._arrow.array(columns["received_at"])
        columns["received_at"] = self._compute.cast(received, self._schema.field("received_at").type)
        self._writer.write_table(self._arrow.table(columns, schema=self._schema))


def _schema(arrow: Any) -> Any:
    text = arrow.string()
    kinds = {"version": arrow.int64(), "received_at": arrow.timestamp("us", tz="UTC")}
    return arrow.schema([(name, kinds.get(name, text)) for name in EventItem.__annotations__])


class _Sink:
    """The file that pyarrow writes to: keeps what was written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, part: Any) -> int:
        taken = bytes(part)
        self._parts.append(taken)
        self._written += len(taken)
        return len(taken)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing waits below."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
