"""One run of `drain` over a file or a folder: once, or again and again while it watches."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connection

from pulse_project.core import db
from telemetry.drain import claims, run_rows, taking
from telemetry.drain.files import CLAIM, Folder, Refused, Source, shown
from telemetry.drain.reports import FileReport, Summary, summary_of
from telemetry.drain.taking import FileDrain, Terms

SOONEST_SECONDS: Final = 0.2
LATEST_SECONDS: Final = 2.0
GROWTH: Final = 1.5  # of the pause while nothing comes
HALF_LINE: Final = "its last line has no end yet and waits for the next run"
STILL_OPEN: Final = "a producer still has {claim} open; the next run takes what it adds"


class PathMissing(Exception):
    """There is no such file or folder."""


class Run:
    """What a run knows of its files. `reports` are by name."""

    def __init__(self, path: Path, terms: Terms) -> None:
        """Errors: PathMissing, Refused (a folder that cannot be opened)."""
        self._terms = terms
        self._name = "" if os.path.isdir(path) else path.name
        try:
            self._folder = Folder(path if not self._name else path.parent)
        except OSError as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError):
                raise PathMissing(shown(path)) from error
            raise Refused(f"the folder cannot be opened: {error.strerror}") from error
        self._path = path
        self._reports: dict[str, FileReport] = {}
        self._quiet: dict[str, tuple[int, int, int, int]] = {}
        if self._name and not os.path.lexists(path) and not self._folder.claims(self._name):
            self.close()
            raise PathMissing(shown(path))

    def close(self) -> None:
        self._folder.__exit__()

    @property
    def total_bytes(self) -> int:
        """What the files hold now."""
        return sum(self._folder.stamp(name)[2] for name in self._names())

    @property
    def is_failed(self) -> bool:
        """Whether a file could not be drained."""
        return any(report.is_failed for report in self._reports.values())

    @property
    def notes(self) -> list[str]:
        """Sentences for people, each with its file."""
        return [f"{report.path}: {note}" for report in self._reports.values() for note in report.notes]

    def summary(self) -> Summary:
        return summary_of(list(self._reports.values()))

    def once(self) -> bool:
        """Drain what there is; whether anything was. Errors: those of the database."""
        before = self._figures()
        for name in self._names():
            if self._terms.is_stopped():
                break
            self._drain(name)
        taking.say_soon()
        return self._figures() != before

    def watch(self, wait: Callable[[float], object], tell: Callable[[str], object]) -> None:
        """Drain again and again until the terms say stop; `wait` sleeps, and returns early when they do.

        A store that fails is told of and tried again.
        """
        pause = SOONEST_SECONDS
        while not self._terms.is_stopped():
            try:
                pause = SOONEST_SECONDS if self.once() else min(LATEST_SECONDS, pause * GROWTH)
            except DatabaseError as error:
                tell(db.failure_of(error).message)
                connection.close_if_unusable_or_obsolete()
                pause = LATEST_SECONDS
            wait(pause)

    def _figures(self) -> list[tuple[int, bool]]:
        return [(report.bytes_read, report.truncated) for report in self._reports.values()]

    def _names(self) -> list[str]:
        """Claims of earlier runs come first: their events are older."""
        return [*self._folder.claims(self._name), *([self._name] if self._name else self._folder.names())]

    def _drain(self, name: str) -> None:
        stamp = self._folder.stamp(name)
        if stamp == self._quiet.get(name):
            return
        report = self._reports.get(name) or FileReport(self._shown(name))
        report.notes.clear()
        report.is_failed = False
        before = report.bytes_read, report.truncated
        is_claim = CLAIM.fullmatch(name) is not None
        try:
            with self._folder.opened(name) as source:
                self._reports[name] = report
                job = FileDrain(source, report, self._terms)
                self._take_claim(job) if is_claim else self._take_file(job)
                if job.is_done and not is_claim and (report.truncated or not self._terms.truncate):
                    self._quiet[name] = stamp
        except FileNotFoundError:
            return
        except (Refused, OSError) as error:
            self._reports[name] = report
            report.fail(error.reason if isinstance(error, Refused) else f"it cannot be read: {error.strerror}")
        if (report.bytes_read, report.truncated) != before:
            run_rows.end(report)

    def _shown(self, name: str) -> str:
        """The path as it was given."""
        return shown(self._path if name == self._name else self._folder.path / name)

    def _take_file(self, job: FileDrain) -> None:
        job.run()
        if job.waits:
            job.report.note(HALF_LINE)
        elif self._terms.truncate and not self._terms.is_stopped():
            self._truncate(job)

    def _truncate(self, job: FileDrain) -> None:
        source = job.source
        if not source.size:
            job.report.truncated = True
            return
        if not claims.lock(source) or not self._folder.is_at(source.name, source.identity):
            return  # another drain has it
        try:
            claim = self._folder.claim(source.name)
        except OSError as error:
            raise Refused(f"it cannot be truncated: {error.strerror}") from error
        if self._folder.is_at(claim, source.identity):
            job.report.truncated = self._finish(job, claim)

    def _take_claim(self, job: FileDrain) -> None:
        if claims.lock(job.source):
            job.run()
            job.report.truncated = self._finish(job, job.source.name)

    def _finish(self, job: FileDrain, claim: str) -> bool:
        """Store what was added meanwhile and remove the file, once no producer has it open; whether it is removed."""
        if not claims.is_let_go(job.source):
            job.run()
            job.report.note(STILL_OPEN.format(claim=claim))
            return False
        job.run(is_final=True)
        if not job.is_done:
            return False
        self._remove(job.source, claim)
        job.forget()
        return True

    def _remove(self, source: Source, claim: str) -> None:
        try:
            self._folder.remove(claim)
        except OSError as error:
            raise Refused(f"it cannot be removed: {error.strerror}") from error
