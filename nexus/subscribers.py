"""What the bus does when a server starts."""

from nexus import retention
from pulse_project.core import lifecycle


@lifecycle.at_start
def prune_on_start() -> None:
    """One bounded retention pass, when `auto_prune_on_start` asks for it."""
    retention.prune_on_start()
