"""One asynchronous call for every transport: long calls end when the caller's key dies, whoever waits for them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from pulse_project.core import auth, executor
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.operations import Operation
from pulse_project.core.principals import Caller


async def call(operation: Operation, given: Mapping[str, Any], caller: Caller) -> Outcome:
    """The outcome of an operation; never raises but when it is cancelled."""
    if not operation.long:
        return await executor.call(operation, given, caller)
    return await _supervised(operation, given, caller)


async def _supervised(operation: Operation, given: Mapping[str, Any], caller: Caller) -> Outcome:
    work = asyncio.ensure_future(executor.call(operation, given, caller))
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    detach = auth.sessions.attach(caller, lambda: None if lost.done() else lost.set_result(None))
    try:
        await asyncio.wait({work, lost}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        return Outcome(failure=Failure(Code.AUTH_REQUIRED, "The key of this call is no longer valid."))
    finally:
        detach()
        lost.cancel()
        work.cancel()
