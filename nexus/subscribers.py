"""What the bus does when a server starts, and when the log tells that the store was emptied."""

from nexus import directory, retention, workspaces
from pulse_project.core import lifecycle
from pulse_project.core.hub import on_entry
from pulse_project.core.tail.entries import Entry


@lifecycle.at_start
def prune_on_start() -> None:
    """One bounded retention pass, when `auto_prune_on_start` asks for it."""
    retention.prune_on_start()


def forget_everything(_entry: Entry | None = None) -> None:
    """Drop what this process remembers of workspaces and agents."""
    workspaces.forget()
    directory.forget()


on_entry("bus.reset", forget_everything)
