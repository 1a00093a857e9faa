"""`drain`: store the events of `.jsonl` files that producers left on disk."""

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import printable
from telemetry import command_line as line
from telemetry import journal
from telemetry.canonical import Rejected
from telemetry.drain.files import Refused, shown
from telemetry.drain.progress import Progress
from telemetry.drain.reports import Summary
from telemetry.drain.runs import PathMissing, Run
from telemetry.drain.taking import Terms
from telemetry.record import checked_source
from telemetry.tables import table

FAILED: Final = 1  # a file could not be drained; the summary says why
SIGNALLED: Final = 128  # and the number of the signal, as shells count


class Command(BaseCommand):
    help = (
        "Store the events of a .jsonl file, or of every *.jsonl of a folder. Each event is stored once, however often "
        "it is drained. Lines that are no events go to <name>.dead.jsonl. Exit code 0 also with such lines, 1 when a "
        "file cannot be drained, 2 when the path is missing."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.allow_abbrev = False
        parser.add_argument("path", type=Path, help="A file of any name, or a folder.")
        parser.add_argument("--source", default="", help="The source of every event; else its type decides.")
        parser.add_argument("--truncate", action="store_true", help="Remove from the files what is stored.")
        parser.add_argument("--watch", action="store_true", help="Go on until SIGINT or SIGTERM; then sum up.")
        line.add_format(parser)
        line.document_store(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        stop = _Stop()
        try:
            terms = Terms(checked_source(options["source"]), options["truncate"], stop.is_set)
            run = Run(options["path"], terms)
        except Rejected as rejected:
            return line.refuse(Failure(Code.VALIDATION_ERROR, f"{rejected.reason}."))
        except PathMissing:
            _refuse_path(options, "path does not exist", line.USAGE)
        except Refused as refused:
            _refuse_path(options, refused.reason, FAILED)
        with closing(run), stop.on_signals():
            line.open_store()
            _drain(run, terms, stop, watch=options["watch"])
        _say(run.summary(), options["format"])
        for note in run.notes:
            sys.stderr.write(f"{printable(note)}\n")
        sys.exit(_exit_code(run, stop, watch=options["watch"]))


class _Stop(threading.Event):
    """Set by the signals that ask a program to end: the chunk under way is finished first."""

    number = 0

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._on_signal) for number in numbers}
        # a producer that opens a file in the instant of looking for producers would end the program
        before[signal.SIGIO] = signal.signal(signal.SIGIO, signal.SIG_IGN)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.number = number
        self.set()


def _drain(run: Run, terms: Terms, stop: _Stop, *, watch: bool) -> None:
    gc.freeze()  # what the start has made is not looked through again while millions of records come and go
    try:
        if watch:
            run.watch(stop.wait, lambda sentence: sys.stderr.write(f"{sentence}\n"))
        else:
            terms.progress = Progress(sys.stderr, run.total_bytes)
            run.once()
            terms.progress.end()
        journal.write()
    except DatabaseError as error:
        terms.progress.end()
        raise db.failure_of(error) from error


def _refuse_path(options: dict[str, Any], reason: str, code: int) -> None:
    sentence = f"{reason}: {shown(options['path'])}"
    if options["format"] == line.JSON:
        line.say_json({"error": sentence})
    else:
        line.say(f"error: {printable(sentence)}")
    sys.exit(code)


def _exit_code(run: Run, stop: _Stop, *, watch: bool) -> int:
    if run.is_failed:
        return FAILED
    return 0 if watch or not stop.number else SIGNALLED + stop.number


def _say(summary: Summary, form: str) -> None:
    if form == line.JSON:
        return line.say_json(summary)
    details = summary["details"]
    if details:
        columns = ("path", "accepted", "deduplicated", "skipped", "truncated")
        line.say(table(columns, [[one[name] for name in columns] for one in details]))  # type: ignore[literal-required]
    for one in details:
        for error in one["errors"]:
            where = f"{one['path']}:{error['line']}" if error["line"] else one["path"]
            line.say(printable(f"{where}: {error['error']}"))
    line.say(
        f"{summary['files']} file(s): {summary['accepted']} accepted, {summary['deduplicated']} deduplicated, "
        f"{summary['skipped']} skipped"
    )
    return None
