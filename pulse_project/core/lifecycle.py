"""What apps want done when a server starts and when it stops."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.db import DatabaseError

from pulse_project.core.errors import Failure

logger = logging.getLogger("pulse.lifecycle")

StartHook = Callable[[], None]
StopHook = Callable[[], Awaitable[None] | None]
Stop = TypeVar("Stop", bound=StopHook)
EXPECTED = (Failure, DatabaseError, OSError)

_start_hooks: list[StartHook] = []
_stop_hooks: list[StopHook] = []


def at_start(hook: StartHook) -> StartHook:
    """Run `hook` once the store is ready and before a server listens. A failure is reported and the start goes on."""
    _start_hooks.append(hook)
    return hook


def at_stop(hook: Stop) -> Stop:
    """Run `hook` after the last answer of a stopping server: a coroutine function, or a plain one in a thread."""
    _stop_hooks.append(hook)
    return hook


def run_start_hooks() -> None:
    for hook in _start_hooks:
        try:
            hook()
        except EXPECTED as error:
            logger.warning("start hook %s failed: %s", hook.__qualname__, error)


async def run_stop_hooks() -> None:
    for hook in _stop_hooks:
        try:
            if inspect.iscoroutinefunction(hook):
                await hook()
            else:
                await asyncio.to_thread(hook)
        except EXPECTED as error:
            logger.warning("stop hook %s failed: %s", hook.__qualname__, error)
