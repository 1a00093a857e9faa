"""What a drain did, as the published summary says it."""

from dataclasses import dataclass, field
from typing import Final, TypedDict

from telemetry.drain.positions import Place

MOST_ERRORS: Final = 1000  # listed of one file; all of them are counted, and lie in the dead letters


class LineError(TypedDict):
    """A line that was skipped; line 0 stands for the file."""

    line: int
    error: str


class FileSummary(TypedDict):
    path: str
    accepted: int
    deduplicated: int
    skipped: int
    truncated: bool
    errors: list[LineError]


class Summary(TypedDict):
    files: int
    accepted: int
    deduplicated: int
    skipped: int
    details: list[FileSummary]


@dataclass(slots=True)
class FileReport:
    """What became of one file. `known`: events that earlier drains of it have stored; `notes` are for people."""

    path: str
    accepted: int = 0
    deduplicated: int = 0
    known: int = 0
    skipped: int = 0
    truncated: bool = False
    is_failed: bool = False
    errors: list[LineError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bytes_read: int = 0
    run_id: int | None = None
    place: Place | None = None  # where this run has come to

    def skip(self, line: int, reason: str) -> None:
        self.skipped += 1
        self._list(line, reason)

    def fail(self, reason: str) -> None:
        """The file itself is at fault."""
        self.is_failed = True
        if not any(error["line"] == 0 and error["error"] == reason for error in self.errors):
            self._list(0, reason)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _list(self, line: int, reason: str) -> None:
        if len(self.errors) < MOST_ERRORS:
            self.errors.append({"line": line, "error": reason})

    def summary(self) -> FileSummary:
        return {
            "path": self.path,
            "accepted": self.accepted,
            "deduplicated": self.deduplicated + self.known,
            "skipped": self.skipped,
            "truncated": self.truncated,
            "errors": self.errors,
        }


def summary_of(reports: list[FileReport]) -> Summary:
    """The published shape; what an earlier drain of the same file stored counts as deduplicated."""
    details = [report.summary() for report in reports]
    return {
        "files": len(details),
        "accepted": sum(one["accepted"] for one in details),
        "deduplicated": sum(one["deduplicated"] for one in details),
        "skipped": sum(one["skipped"] for one in details),
        "details": details,
    }
