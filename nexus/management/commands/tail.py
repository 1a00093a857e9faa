"""`tail`: the event log as one JSON object a line, for background monitors."""

import asyncio
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nexus.following import Following, follow, sentence
from pulse_project.core import flags
from pulse_project.core.conf import ConfigError
from pulse_project.core.errors import Failure
from pulse_project.core.prepare import prepare
from pulse_project.core.principals import Caller, Kind


class Command(BaseCommand):
    help = "Follow a workspace's event log as NDJSON. It never stamps the agent as seen."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--agent-id", required=True, help="Whose view of the log.")
        parser.add_argument("--stream", default="workspace", help="workspace, agent or handoff.")
        parser.add_argument("--from", dest="start", default="latest", help="latest, 0, begin, start or an event id.")
        parser.add_argument("--cursor-file", type=Path, help="Keep the cursor here; an existing file wins over --from.")
        parser.add_argument("--from-agent", help="Only this author's events.")
        parser.add_argument("--exclude-agent", help="Leave this author's events out.")
        parser.add_argument("--limit", type=int, default=100, help="Events a window.")
        parser.add_argument("--timeout-seconds", type=int, default=30, help="Longest wait of one window.")
        parser.add_argument("--once", action="store_true", help="Print what is there and stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        from pulse_project.core import conf

        root = conf.current().project_root
        if not root:
            raise CommandError("--project-root is required.", returncode=2)
        what = Following(
            project_root=root,
            **{
                name: options[name]
                for name in (
                    "agent_id",
                    "stream",
                    "start",
                    "cursor_file",
                    "from_agent",
                    "exclude_agent",
                    "limit",
                    "timeout_seconds",
                    "once",
                )
            },
        )
        reader = Caller(
            Kind.AGENT,
            what.agent_id,
            flags.bus_flags_of(flags.full_bus_permissions()),
            auth="cli",
            transport="tail",
            read_only=True,
        )
        try:
            prepare()
            asyncio.run(follow(what, reader, self._write_line))
        except KeyboardInterrupt:
            return
        except BrokenPipeError:
            sys.stderr.close()
        except (Failure, ConfigError) as error:
            raise CommandError(sentence(error), returncode=1) from error

    def _write_line(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
