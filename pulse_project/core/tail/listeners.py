"""Functions of this process that hear of rows before anybody else: caches of keys, flags and settings."""

import inspect
import logging
from collections.abc import Awaitable, Callable

from pulse_project.core.tail.entries import Entry
from pulse_project.core.tail.isolation import Isolated

logger = logging.getLogger("pulse.hub")

Listener = Callable[[Entry], Awaitable[None] | None]
_listeners: list[tuple[str, Listener]] = []


def on_entry(type_prefix: str, listener: Listener) -> None:
    """Call `listener` on the event loop for every row whose type starts with `type_prefix`, before others see it.

    For caches of this process. A coroutine function is awaited; a plain function must not block. Faults are logged.
    """
    _listeners.append((type_prefix, listener))


async def tell(entry: Entry) -> None:
    for prefix, listener in _listeners:
        if entry.type.startswith(prefix):
            with Isolated(logger, "a listener failed on an event"):
                answer = listener(entry)
                if inspect.isawaitable(answer):
                    await answer
