"""Who wants to know that a log has grown in this process: the hub, the delivery loop."""

from collections.abc import Callable

listeners: set[Callable[[], None]] = set()


def notify() -> None:
    """Call every listener, from the thread that committed; a listener only sets a flag."""
    for listener in tuple(listeners):
        listener()
