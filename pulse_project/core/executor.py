"""The one path of every call: restrict, limit, check, authorise, act in a transaction, answer.

Only here are unexpected exceptions caught: they are logged and answered as INTERNAL_ERROR.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError
from pydantic import BaseModel, ValidationError

from pulse_project.core import ahead, db, idempotency, metrics, ratelimit
from pulse_project.core.envelopes import Body, Envelope
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import problems_of
from pulse_project.core.operations import Operation
from pulse_project.core.principals import IDENTITY, PUBLIC, Caller

logger = logging.getLogger("pulse.executor")
T = TypeVar("T")


class After:
    """A result that is built once the events of the transaction have their numbers."""

    __slots__ = ("build",)

    def __init__(self, build: Callable[[], Any]) -> None:
        self.build = build


def after(build: Callable[[], T]) -> T:
    """`After(build)`, typed as what it will become, so that an operation's return type stays its output."""
    return After(build)  # type: ignore[return-value]  # the executor unwraps it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an adapter sends: the result or the failure, to be wrapped by an envelope."""

    result: Any = None
    failure: Failure | None = None

    def body(self, envelope: Envelope) -> Body:
        return envelope.failure(self.failure) if self.failure else envelope.success(self.result)

    @property
    def http_status(self) -> int:
        return self.failure.code.http_status if self.failure else 200


async def call(operation: Operation, raw: Mapping[str, Any], caller: Caller) -> Outcome:
    """Run an operation from the event loop; blocking work happens in the pools of `core.db`."""
    began = time.perf_counter()
    outcome = await _call(operation, raw, caller)
    code = outcome.failure.code.value if outcome.failure else "ok"
    metrics.observe_call(operation.name, code, time.perf_counter() - began)
    return outcome


async def _call(operation: Operation, raw: Mapping[str, Any], caller: Caller) -> Outcome:
    try:
        prepared = _prepare(operation, raw, caller)
        if operation.long:
            if operation.guard:
                await db.in_read(operation.guard, caller, prepared.raw)
            data = prepared.checked()
            _authorise(operation, caller, data)
            return Outcome(await operation.function(caller, data))
        if operation.before and prepared.data is not None:
            prepared.finding = await db.in_read(ahead.look, operation.before, caller, prepared.data)
        run = db.in_slow if operation.slow else db.in_write if operation.writes else db.in_read
        return Outcome(await run(_act, operation, prepared, caller))
    except Exception as error:  # noqa: BLE001 - the one place where nothing may pass through
        return Outcome(failure=_failure_of(operation, error))


def call_sync(operation: Operation, raw: Mapping[str, Any], caller: Caller) -> Outcome:
    """Run an operation in this thread and on its connection: admin actions, commands and tests."""
    try:
        prepared = _prepare(operation, raw, caller)
        if operation.long:
            return db.run_on_loop(call, operation, raw, caller)
        if operation.before and prepared.data is not None:
            prepared.finding = ahead.look(operation.before, caller, prepared.data)
        run = db.write_here if operation.writes else db.read_here
        return Outcome(run(_act, operation, prepared, caller))
    except Exception as error:  # noqa: BLE001 - the one place where nothing may pass through
        return Outcome(failure=_failure_of(operation, error))


@dataclass(slots=True)
class _Prepared:
    """Arguments after the checks that need no store: the input, or the problem that is reported after the guard."""

    raw: Mapping[str, Any]
    data: BaseModel | None
    problem: Failure | None
    idempotency_key: str | None
    finding: ahead.Finding | None = None

    def checked(self) -> Any:
        if self.problem is not None:
            raise self.problem
        return self.data


def _prepare(operation: Operation, raw: Mapping[str, Any], caller: Caller) -> _Prepared:
    if operation.writes and caller.read_only:
        raise Failure(
            Code.PERMISSION_DENIED,
            "This key or address only reads.",
            readonly=True,
            required_permission=_first_flag(operation),
        )
    ratelimit.spend(caller, operation)
    key = None
    if operation.takes_idempotency_key and "idempotency_key" in raw:
        key = idempotency.checked_key(raw["idempotency_key"])
        raw = {name: value for name, value in raw.items() if name != "idempotency_key"}
    problem = None
    data = None
    try:
        data = operation.input.model_validate(raw)
    except ValidationError as error:
        problem = problems_of(operation.input, error)
    except Failure as failure:  # a validator that already speaks the catalogue
        problem = failure
    if problem is not None and operation.guard is None:
        raise problem
    if data is not None and isinstance(operation.needs, str):
        _authorise(operation, caller, data)
    return _Prepared(raw, data, problem, key)


def _first_flag(operation: Operation) -> str:
    return operation.flags[0] if operation.flags else IDENTITY


def _authorise(operation: Operation, caller: Caller, data: Any) -> None:
    if not isinstance(operation.needs, str):
        caller.demand(*operation.needs(caller, data))
    elif operation.needs == IDENTITY:
        caller.demand_identity()
    elif operation.needs != PUBLIC:
        caller.demand(operation.needs)


def _act(operation: Operation, prepared: _Prepared, caller: Caller) -> Any:
    """In a pool thread: guard, report problems, and run the function in its transaction."""
    if operation.own_transactions or not operation.writes:
        if operation.guard:
            operation.guard(caller, prepared.raw)
        data = prepared.checked()
        _authorise(operation, caller, data)
        return _built(operation.function(caller, data))
    with ahead.known(prepared.finding), db.write_tx() as tx:
        if operation.guard:
            operation.guard(caller, prepared.raw)
        data = prepared.checked()
        _authorise(operation, caller, data)
        if prepared.idempotency_key is None:
            result = operation.function(caller, data)
            tx.flush()
            return _built(result)
        replayed = idempotency.replay(operation, prepared.idempotency_key, prepared.raw, caller)
        if replayed is not None:
            return replayed
        result = operation.function(caller, data)
        tx.flush()
        answer = _built(result)
        idempotency.keep(operation, prepared.idempotency_key, prepared.raw, caller, answer)
        return answer


def _built(result: Any) -> Any:
    if isinstance(result, After):
        result = result.build()
    return result.model_dump(mode="json") if isinstance(result, BaseModel) else result


def _failure_of(operation: Operation, error: Exception) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, OperationalError | DatabaseError):
        return db.failure_of(error)
    logger.exception("operation %s failed", operation.name)
    return Failure(
        Code.INTERNAL_ERROR,
        "Pulse failed to answer that call. The server's log has the cause.",
        exception=type(error).__name__,
    )
