"""daphne's development server over a prepared store; everything that `serve` offers answers here too."""

import asyncio
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from pulse_project.core import banner, binding, conf, entrance, lifecycle, serving
from pulse_project.core.binding import Binding
from pulse_project.core.boot import is_loopback
from pulse_project.core.conf import ConfigError


class Command(DaphneCommand):  # type: ignore[misc]  # daphne ships no types
    help = "Run the development server (daphne) with the same preparation as serve."

    @property
    def default_port(self) -> str:
        return str(conf.current().port)

    @property
    def default_addr(self) -> str:
        return conf.current().host

    def check_migrations(self) -> None:
        """Preparing has applied them already."""

    def run(self, **options: Any) -> None:
        """Refuse what would leave out the guard, or show the program's insides to other machines."""
        if not options.get("use_asgi", True):
            raise ConfigError("--noasgi would serve without the checks in front of every route. Leave it out.")
        if conf.current().debug and not is_loopback(str(self.addr).strip("[]")):
            raise ConfigError("debug shows the program's insides and is refused on an address beyond loopback.")
        super().run(**options)

    def inner_run(self, *args: Any, **options: Any) -> None:
        """In the process that serves: under autoreload that is the child."""
        settings = conf.current()
        held = serving.start(settings)
        hosts = (str(self.addr).strip("[]"),)
        bound = Binding(hosts=hosts, port=int(self.port))
        binding.publish(bound)
        held.announce(bound)
        for line in [*banner.notes(settings, bound), *entrance.open_for(settings, bound)]:
            banner.say(line)
        try:
            super().inner_run(*args, **options)
        finally:
            asyncio.run(lifecycle.run_stop_hooks())
            held.end()
