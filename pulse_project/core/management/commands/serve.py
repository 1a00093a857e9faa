"""Serve everything on one port: pages, admin, REST, MCP, live feed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core import boot
from pulse_project.core.serving import serve


class Command(BaseCommand):
    help = "Prepare the store and serve pages, admin, REST, MCP and the live feed on one port."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        boot.document_flags(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(serve())
