"""daphne's development server over a prepared store; everything that `serve` offers answers here too."""

import asyncio
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from pulse_project.core import banner, binding, conf, entrance, lifecycle, serving
from pulse_project.core.binding import Binding


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
