"""Storing what one open file holds: chunk by chunk, each in one transaction with the place behind it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from django.db import DataError, IntegrityError

from pulse_project.core import clock, db, durability
from telemetry import canonical, journal, store
from telemetry.canonical import NotJson, Rejected
from telemetry.drain import dead_letters, positions, run_rows
from telemetry.drain.files import Refused, Source
from telemetry.drain.lines import MOST_LINE_BYTES, Chunk, Line, Lines
from telemetry.drain.positions import Gone, Moved, Place
from telemetry.drain.progress import Progress
from telemetry.drain.reports import FileReport
from telemetry.record import UNKNOWN, Record, record_of
from telemetry.store import Stored

REFUSED_BY_DATABASE: Final = "store failed: the database refuses this record"
TOO_LONG: Final = f"line is longer than {MOST_LINE_BYTES} bytes"


@dataclass(slots=True)
class Terms:
    """What a run of `drain` was asked for. `source`: the label of every event; empty when its type decides."""

    source: str = ""
    truncate: bool = False
    is_stopped: Callable[[], bool] = lambda: False
    progress: Progress = field(default_factory=lambda: Progress(None))


@dataclass(slots=True)
class _Sorted:
    """The lines of a chunk: records in their order, and lines that are none with the reason."""

    records: list[Record] = field(default_factory=list)
    dead: list[tuple[Line, str]] = field(default_factory=list)


class FileDrain:
    """The drain of one open file. What happens is added to `report`."""

    def __init__(self, source: Source, report: FileReport, terms: Terms) -> None:
        self.source, self.report, self.terms = source, report, terms
        self.waits = False  # the file ends with the beginning of a line
        self._place: Place | None = None
        self._last_us = 0
        self._buried: set[int] = set()  # ends of the dead lines of the chunk under way

    def run(self, *, is_final: bool = False) -> None:
        """Store what the file holds by now. `is_final`: nobody will write to it any more, so its rest is a line.

        Errors: those of the database, of the disk (OSError, Refused) when dead letters cannot be kept.
        """
        self.waits = False
        size = self.source.size
        if not size:
            return
        try:
            with synced_at_end():
                while not self.terms.is_stopped() and self._next_chunk(size, is_final=is_final):
                    say_soon()
        except Gone:
            return

    @property
    def is_done(self) -> bool:
        """Whether every byte that the file holds at this moment is stored."""
        return self.source.size == (self._place.offset if self._place else 0)

    def forget(self) -> None:
        """The file was removed."""
        if self._place is not None:
            positions.forget(self._place)

    def _next_chunk(self, size: int, *, is_final: bool) -> bool:
        """Store the next chunk; False when there was none before `size`."""
        place = self._place or self._look()
        if place.offset >= size:
            return False
        chunk = self._read(place, is_final=is_final)
        if chunk.end == place.offset:
            return False
        try:
            self._take(chunk, place)
        except Moved:
            self._look()
        return True

    def _look(self) -> Place:
        """The place as the store has it. What was stored by others than this run is known."""
        found = positions.place_of(self.source)
        before = self.report.place
        if before is None or before.id != found.id or before.offset > found.offset:
            before = Place(found.id, 0, 0, 0)
        self.report.known += found.events - before.events
        self.terms.progress.pass_over(found.offset - before.offset)
        self._go_to(found)
        return found

    def _go_to(self, place: Place) -> None:
        self._place = self.report.place = place
        self._buried.clear()

    def _read(self, place: Place, *, is_final: bool) -> Chunk:
        """The next chunk; the rest of the file is a line of it when it is one already."""
        chunk = Lines(self.source, place.offset, place.line).chunk()
        if chunk.rest is None:
            return chunk
        if not is_final and _may_grow(chunk.rest):
            self.waits = True
            return chunk
        if chunk.rest.text:
            chunk.lines.append(chunk.rest)
        chunk.end, chunk.line = chunk.rest.end, chunk.rest.number
        return chunk

    def _take(self, chunk: Chunk, place: Place) -> None:
        """Store a chunk. When the database refuses something in it, only that line fails."""
        found = self._sorted(chunk.lines)
        try:
            self._store(found, chunk, place)
        except (DataError, IntegrityError):
            if not chunk.lines:
                raise
            if len(chunk.lines) == 1:
                self._store(_Sorted(dead=[(chunk.lines[0], REFUSED_BY_DATABASE)]), chunk, place)
                return
            for line in chunk.lines:
                self._take(Chunk([line], line.end, line.number), self._place or place)

    def _sorted(self, lines: Sequence[Line]) -> _Sorted:
        found = _Sorted()
        source = self.terms.source
        first_us = max(
            clock.now_us(), self._last_us + 1
        )  # a microsecond each: equal lines without stamp are two events
        for received_us, line in enumerate(lines, first_us):
            try:
                if line.is_cut:
                    raise Rejected(TOO_LONG)
                found.records.append(record_of(canonical.decode(line.text), received_us=received_us, source=source))
            except NotJson as rejected:
                found.dead.append((line, f"invalid JSON: {rejected.reason}"))
            except Rejected as rejected:
                found.dead.append((line, rejected.reason))
        self._last_us = first_us + len(lines)
        return found

    def _store(self, found: _Sorted, chunk: Chunk, place: Place) -> None:
        if found.dead:
            self._bury(found.dead)
        to = Place(place.id, chunk.end, chunk.line, place.events + len(found.records))
        inside = partial(self._move, place, to, len(found.dead))
        stored = db.write_here(partial(store.write, found.records, inside=inside))
        self._go_to(to)
        for line, reason in found.dead:
            self.report.skip(line.number, reason)
            journal.refuse(reason, source=self.terms.source or UNKNOWN)
        duplicates = sum(one.is_duplicate for one in stored)
        self.report.deduplicated += duplicates
        self.report.accepted += len(stored) - duplicates
        self.report.bytes_read += to.offset - place.offset
        self.terms.progress.advance(to.offset - place.offset)

    def _move(self, place: Place, to: Place, skipped: int, stored: list[Stored]) -> None:
        """Within the transaction that stores a chunk."""
        positions.advance(place, self.source, to=to)
        duplicates = sum(one.is_duplicate for one in stored)
        counts = run_rows.Counts(len(stored) - duplicates, duplicates, skipped, to.offset - place.offset)
        run_rows.add(self.report, counts, source=self.terms.source)

    def _bury(self, dead: Sequence[tuple[Line, str]]) -> None:
        """Keep lines apart, each once. Where that cannot be, they stay in their file, which is not removed."""
        fresh = [one for one in dead if one[0].end not in self._buried]
        try:
            dead_letters.bury(self.source, fresh)
            self._buried.update(line.end for line, _ in fresh)
        except (OSError, Refused) as error:
            reason = error.reason if isinstance(error, Refused) else error.strerror
            if self.terms.truncate:
                raise Refused(f"its dead letters cannot be kept: {reason}") from error
            self.report.note(f"its dead letters cannot be kept: {reason}")


def _may_grow(rest: Line) -> bool:
    """Whether more text could make an event of it. An object that is whole stays what it is, whatever follows."""
    if not rest.text.startswith(b"{"):
        return False
    try:
        canonical.decode(rest.text)
    except NotJson:
        return True
    return False


@contextmanager
def synced_at_end() -> Iterator[None]:
    """Commits inside do not wait for the disk one by one; together they have reached it at the end."""
    with durability.collected() as commits:
        yield
    if commits.ticket:
        durability.settle(commits.ticket)


def say_soon() -> None:
    """Let the pages of a running server hear of it, at most twice a second."""
    if journal.seconds_to_wait() == 0:
        journal.write()
