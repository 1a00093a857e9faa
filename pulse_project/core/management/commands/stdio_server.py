"""Serve MCP over standard input and output, for clients that start local processes."""

import asyncio
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core import boot, db, mcp_stdio, prepare


class Command(BaseCommand):
    help = "Serve MCP over standard input and output, with the key in PULSE_API_KEY or as the local operator."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        boot.document_flags(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints now cannot break the protocol
        prepare.prepare()
        try:
            asyncio.run(mcp_stdio.serve(sys.stdin.buffer, sink))
        except* KeyboardInterrupt:
            self.stderr.write("stopped")
        finally:
            db.shutdown()
