"""The row that says what one run did to one file, kept up to date in the transactions that do it."""

from typing import NamedTuple

from pulse_project.core import clock, db
from pulse_project.core.statements import execute
from telemetry.drain.positions import MOST_PATH
from telemetry.drain.reports import FileReport
from telemetry.models import DrainRun

_COUNT = (
    "UPDATE telemetry_drainrun SET accepted = accepted + %s, deduplicated = deduplicated + %s, skipped = skipped + %s,"
    " bytes_read = bytes_read + %s WHERE id = %s"
)


class Counts(NamedTuple):
    accepted: int
    deduplicated: int
    skipped: int
    bytes_read: int


def add(report: FileReport, counts: Counts, *, source: str) -> None:
    """Count a chunk inside its transaction; the first one makes the row."""
    if report.run_id is None:
        made = DrainRun.objects.create(path=report.path[-MOST_PATH:], source=source, **counts._asdict())
        db.after_commit(lambda: _remember(report, made.pk))
        return
    execute(_COUNT, (*counts, report.run_id))


def end(report: FileReport) -> None:
    """The run has done what there was to do."""
    if report.run_id is None:
        return
    with db.write_tx():
        DrainRun.objects.filter(pk=report.run_id).update(ended_at=clock.now(), was_truncated=report.truncated)


def _remember(report: FileReport, run_id: int) -> None:
    report.run_id = run_id
