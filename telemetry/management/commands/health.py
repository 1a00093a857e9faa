"""`health`: whether the store opens, and what it holds. It asks no server."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from telemetry import command_line as line
from telemetry.tables import fields


class Command(BaseCommand):
    help = "Open the store, made when there is none, and say what it holds."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.allow_abbrev = False
        line.add_format(parser)
        line.document_store(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        line.open_store()
        found = line.answer("telemetry_health")
        auth = found.pop("auth")
        found |= {"db_path": str(connection.settings_dict["NAME"]), "auth": auth}
        if options["format"] == line.JSON:
            return line.say_json(found, indent=None)
        return line.say(fields(found))
