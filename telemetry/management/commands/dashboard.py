"""`dashboard`: where the page lies that shows telemetry."""

import ipaddress
import webbrowser
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core import conf, lock
from telemetry import command_line as line

PAGE = "/telemetry/"
GIVEN = {"cli", "env"}


class Command(BaseCommand):
    help = "Print the address of the telemetry page, and open it with --open. Starts no server."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.allow_abbrev = False
        parser.add_argument("--open", action="store_true", help="Open it in the browser.")
        # both are read before Django starts
        parser.add_argument("--host", metavar="ADDRESS", help="Where the server listens.")
        parser.add_argument("--port", metavar="PORT", help="Default: that of the running server, else of the settings.")

    def handle(self, *args: Any, **options: Any) -> None:
        address = f"http://{_host(conf.current().host)}:{_port()}{PAGE}"
        line.say(address)
        if options["open"]:
            webbrowser.open(address)


def _host(host: str) -> str:
    """A host to go to: every address means this machine, an IPv6 address stands in brackets."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{host}]" if address.version == 6 else host


def _port() -> int:
    settings = conf.resolved()
    if settings.sources["port"] not in GIVEN and (holder := lock.holder_of(settings.settings.home_path)):
        return holder.port
    return settings.settings.port
