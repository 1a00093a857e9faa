"""A long call on the event loop: it takes one of its caller's slots and ends when the caller's key dies."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pulse_project.core import auth, ratelimit
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller

Result = TypeVar("Result")


async def held(caller: Caller, function: Callable[..., Awaitable[Result]], *arguments: Any) -> Result:
    """The result of the call. RATE_LIMITED without a free slot; AUTH_REQUIRED as soon as the key is revoked."""
    task = asyncio.current_task()
    is_revoked = False

    def end() -> None:
        nonlocal is_revoked
        is_revoked = True
        if task is not None:
            task.cancel()

    with ratelimit.waits.hold(caller):
        detach = auth.sessions.attach(caller, end)
        try:
            return await function(*arguments)
        except asyncio.CancelledError:
            if is_revoked and task is not None and task.uncancel() == 0:
                raise Failure(Code.AUTH_REQUIRED, "This key is no longer valid.") from None
            raise
        finally:
            detach()
