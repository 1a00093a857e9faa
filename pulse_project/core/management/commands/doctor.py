"""Tell what is in force on this machine and what deserves a look."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from pulse_project.core import conf, doctor, settings_store
from pulse_project.core.doctor import Report


class Command(BaseCommand):
    help = "Show the settings in force and where they come from, versions, loopback trust, and warnings."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        settings = conf.current()
        try:
            if settings.database_url or settings.sqlite_path.exists():
                settings_store.reload()
        except DatabaseError as error:
            self.stderr.write(f"The store cannot be read, so stored settings are not shown: {error}")
        report = doctor.examine()
        self.stdout.write(json.dumps(report, indent=2) if options["json"] else _text(report))


def _text(report: Report) -> str:
    server = report["server"]
    running = f"process {server['pid']} on port {server['port']}" if server else "not running"
    lines = [
        f"Pulse {report['version']}, Python {report['python']}, Django {report['django']}, SQLite {report['sqlite']}",
        f"store: {report['store']}",
        f"server: {running}",
        f"loopback trust: {report['loopback_trust']}",
        f"other login users: {', '.join(report['other_users']) or 'none'}",
        "",
        "settings in force:",
        *(f"  {name} = {item['value']}  ({item['source']})" for name, item in report["settings"].items()),
        "",
        *(f"warning: {warning}" for warning in report["warnings"]),
    ]
    return "\n".join(lines)
