"""`pulse admin link`: another way in for the administrator who lost the first one."""

from argparse import ArgumentParser
from typing import Any

from pulse_project.core import banner, conf, links, lock
from pulse_project.core.admin_commands import subcommand
from pulse_project.core.binding import Binding


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--user", default="", help="Name of the administrator; empty = the first one.")


@subcommand("link", "Make a one-time login link for an administrator (15 minutes).", arguments=_arguments)
def link(options: dict[str, Any]) -> str:
    settings = conf.current()
    holder = lock.holder_of(settings.home_path)
    bound = Binding(hosts=(settings.host,), port=holder.port if holder else settings.port, uds=settings.uds)
    return banner.address(bound) + links.issue(options["user"])


subcommand("login-link", "The same as link.", arguments=_arguments)(link)
