"""Deliver what waits in the outbox while no server runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pulse_project.core import conf, db, deliveries, leader, lock
from pulse_project.core.prepare import prepare


class Command(BaseCommand):
    help = "Deliver events that wait for their subscribers, once, and print how many were attempted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--limit", type=int, default=0, help="Attempt at most this many; 0 = all that are due.")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()
        if _nobody_else_delivers():
            deliveries.recover()
        self.stdout.write(f"{deliveries.drain(options['limit'])} deliveries attempted.")
        leader.lead(False)


def _nobody_else_delivers() -> bool:
    """Only then may what a dead process held be freed before its lease ends."""
    if db.vendor() == "sqlite":
        return lock.holder_of(conf.current().home_path) is None
    leader.lead(True)
    return leader.is_leader()
