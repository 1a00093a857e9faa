"""Call one operation from the command line: the same body as every other transport, exit code 2 on a refusal."""

import json
import re
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core import auth, calling, executor, prepare
from pulse_project.core.conf import ConfigError
from pulse_project.core.envelopes import OK_DATA, Body, Envelope
from pulse_project.core.errors import Failure
from pulse_project.core.operations import CLI

KEY = re.compile(r"(?:nxs|dash)_[0-9a-f]{48}")
HINT = (
    "A key on the command line is shown to every user of this machine. "
    "Set PULSE_API_KEY, or name an agent with --as-agent."
)


class Command(BaseCommand):
    help = "Call one operation. Arguments are one JSON object, or - to read it from standard input."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.allow_abbrev = False
        parser.add_argument("name", help="The operation, as docs/tools.md lists it.")
        parser.add_argument("arguments", nargs="?", default="{}", help="JSON object, or -.")
        parser.add_argument("--as-agent", default="", metavar="ID", help="Act as this agent.")
        parser.add_argument("--as", dest="key", default="", help="Refused: keys never belong on a command line.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["key"] or KEY.search(" ".join(sys.argv)):
            raise ConfigError(HINT)
        prepare.prepare()
        body, is_refused = answer(options["name"], options["arguments"], options["as_agent"])
        self.stdout.write(json.dumps(body, separators=(",", ":")))
        if is_refused:
            sys.exit(2)


def answer(name: str, text: str, as_agent: str) -> tuple[Body, bool]:
    """The body of one call, and whether it is a refusal."""
    caller = auth.cli_caller(as_agent)
    envelope: Envelope = OK_DATA
    try:
        operation = calling.offered(name, CLI, caller)
        envelope = operation.envelope
        raw = sys.stdin.buffer.read() if text == "-" else text.encode("utf-8", "surrogateescape")
        outcome = executor.call_sync(operation, calling.arguments(raw), caller)
    except Failure as failure:
        return envelope.failure(failure), True
    return outcome.body(envelope), outcome.failure is not None
