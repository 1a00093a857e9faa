"""One asynchronous call for every transport: a call waits for its key's turn, a long one ends when its key dies."""

from collections.abc import Mapping
from typing import Any

from pulse_project.core import executor, ratelimit, waits
from pulse_project.core.errors import Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.operations import Operation
from pulse_project.core.principals import Caller


async def call(operation: Operation, given: Mapping[str, Any], caller: Caller) -> Outcome:
    """The outcome of an operation; raises only when it is cancelled."""
    run = waits.held if operation.long else ratelimit.turns.take
    try:
        return await run(caller, executor.call, operation, given, caller)
    except Failure as failure:
        return Outcome(failure=failure)
