"""What telemetry's commands share: the store, calls of operations, output as text or JSON, exit codes."""

import json
import os
import sys
from typing import Any, Final

from django.core.management.base import CommandParser

from pulse_project.core import auth, conf, executor
from pulse_project.core.conf import ConfigError
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import REGISTRY
from pulse_project.core.prepare import prepare

TEXT, JSON = "text", "json"
USAGE: Final = 2
NOT_FOUND: Final = 3
BROKEN_PIPE: Final = 141  # what a shell reports of a program that SIGPIPE ended


def add_format(parser: CommandParser) -> None:
    parser.add_argument("--format", choices=(TEXT, JSON), default=TEXT, help="How to print. Default: text.")


def document_store(parser: CommandParser) -> None:
    """Show `--db` in the help. It never reaches the parser: it is read before Django starts."""
    parser.add_argument("--db", metavar="FILE", help="SQLite file of the store; made when there is none.")


def open_store() -> None:
    """Make the store and its folder where they are missing, and bring it to this version. Errors: Failure."""
    settings = conf.current()
    if not settings.database_url:
        folder = settings.sqlite_path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"The folder {folder} of db_path cannot be made: {error.strerror}.") from error
    prepare()


def answer(name: str, **arguments: Any) -> dict[str, Any]:
    """The result of an operation; what is None is not given. Errors: Failure; wrong arguments end with code 2."""
    given = {key: value for key, value in arguments.items() if value is not None}
    outcome = executor.call_sync(REGISTRY[name], given, auth.cli_caller())
    if outcome.failure is not None:
        if outcome.failure.code is Code.VALIDATION_ERROR:
            refuse(outcome.failure)
        raise outcome.failure
    result: dict[str, Any] = outcome.result
    return result


def refuse(failure: Failure) -> None:
    """End with the sentence of a failure on standard error, as wrong usage."""
    sys.stderr.write(f"error: {failure.message}\n")
    sys.exit(USAGE)


def say(text: str) -> None:
    """Print a text. A reader that has gone, such as `head`, ends the command without a word."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(BROKEN_PIPE)


def say_json(value: Any, *, indent: int | None = 2) -> None:
    """Print JSON in ASCII, which no terminal obeys."""
    say(json.dumps(value, indent=indent))
