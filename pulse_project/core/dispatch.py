"""One asynchronous call for every transport. A long call holds a slot, and ends when the caller's key dies."""

from collections.abc import Mapping
from typing import Any

from pulse_project.core import executor, waits
from pulse_project.core.errors import Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.operations import Operation
from pulse_project.core.principals import Caller


async def call(operation: Operation, given: Mapping[str, Any], caller: Caller) -> Outcome:
    """The outcome of an operation; raises only when it is cancelled."""
    if not operation.long:
        return await executor.call(operation, given, caller)
    try:
        return await waits.held(caller, executor.call, operation, given, caller)
    except Failure as failure:
        return Outcome(failure=failure)
