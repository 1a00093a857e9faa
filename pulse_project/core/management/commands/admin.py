"""Maintenance by the person who runs Pulse: `pulse admin <what>`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core import admin_commands
from pulse_project.core.prepare import prepare


class Command(BaseCommand):
    help = "Maintenance: run one of the sub-commands below."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_subparsers(dest="subcommand", required=True, metavar="what")
        for entry in admin_commands.declared().values():
            entry.add_arguments(choices.add_parser(entry.name, help=entry.help, description=entry.help))

    def handle(self, *args: Any, **options: Any) -> None:
        entry = admin_commands.declared()[options["subcommand"]]
        if entry.prepares:
            prepare()
        self.stdout.write(entry.run(options))
