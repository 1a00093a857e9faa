"""Who wants to know that a log has grown in this process: the hub; and that deliveries wait: the couriers."""

from collections.abc import Callable

Listener = Callable[[], None]

listeners: set[Listener] = set()
delivery_listeners: set[Listener] = set()


def notify() -> None:
    """Call every listener, from the thread that committed; a listener only sets a flag."""
    for listener in tuple(listeners):
        listener()


def notify_deliveries() -> None:
    """The same for commits that leave something to deliver."""
    for listener in tuple(delivery_listeners):
        listener()
