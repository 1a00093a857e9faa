"""Lines of a file from a place on, in chunks that fit one transaction."""

import os
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from telemetry.batches import BOM
from telemetry.drain.files import Source
from telemetry.store import MOST_ROWS

MOST_LINE_BYTES: Final = 8 * 1024 * 1024  # an event of 1 MiB with every character escaped, and blanks
MOST_CHUNK_BYTES: Final = 16 * 1024 * 1024


class Line(NamedTuple):
    """A line that is not blank, stripped. `end` is the offset behind it; `is_cut`: it is longer than a line may be."""

    number: int
    text: bytes
    end: int
    is_cut: bool = False


@dataclass(slots=True)
class Chunk:
    """Whole lines up to the offset `end`, which is where line `line` ends.

    `rest` is the text after the last line end when the file ends with it: perhaps a line that is still being written.
    """

    lines: list[Line] = field(default_factory=list)
    end: int = 0
    line: int = 0
    rest: Line | None = None


class Lines:
    """The lines of a file after the offset `end`, which lies in or behind line `line`."""

    def __init__(self, source: Source, end: int, line: int) -> None:
        self._file = source.file
        self._file.seek(end)
        self._end, self._line = end, line
        self._is_inside = end > 0 and os.pread(source.descriptor, 1, end - 1) != b"\n"

    def chunk(self) -> Chunk:
        """The next lines; none at the end of the file."""
        found: list[Line] = []
        begun, rest = self._end, None
        while len(found) < MOST_ROWS and self._end - begun < MOST_CHUNK_BYTES:
            raw = self._file.readline(MOST_LINE_BYTES)
            if not raw:
                break
            number = self._line if self._is_inside else self._line + 1
            end, is_cut, is_whole = self._end + len(raw), False, raw.endswith(b"\n")
            if not is_whole and len(raw) == MOST_LINE_BYTES:
                is_cut, skipped, is_whole = self._skip()
                end += skipped
            text = (raw.removeprefix(BOM) if not self._end else raw).strip()
            if not is_whole:
                rest = Line(number, text, end, is_cut)
                break
            self._end, self._line, self._is_inside = end, number, False
            if text:
                found.append(Line(number, text, end, is_cut))
        return Chunk(found, self._end, self._line, rest)

    def _skip(self) -> tuple[bool, int, bool]:
        """Pass over the rest of a long line: whether there was more of it, its bytes, and whether it has an end."""
        skipped, has_text = 0, False
        while raw := self._file.readline(MOST_LINE_BYTES):
            skipped += len(raw)
            has_text = has_text or bool(raw.strip())
            if raw.endswith(b"\n"):
                return has_text, skipped, True
        return has_text, skipped, False
