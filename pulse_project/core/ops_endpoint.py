"""`POST /api/v1/ops/<name>`: every operation over HTTP, outside Django, so that a wait costs no thread."""

from typing import Final

from pulse_project.core import calling, dispatch
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.http_reply import Disconnected, Receive, Scope, Send, header, read_body, reply, while_connected
from pulse_project.core.operations import REST, Operation
from pulse_project.core.principals import ANONYMOUS, Caller

PREFIX: Final = "/api/v1/ops/"


async def ops_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application below `PREFIX`."""
    if scope["method"] != "POST":
        refused = Failure(Code.VALIDATION_ERROR, "Operations are called with POST.")
        return await reply(send, 405, calling.refusal(refused).content, headers=[(b"allow", b"POST")])
    try:
        answer = await _answer(scope, receive)
    except Failure as failure:
        answer = calling.refusal(failure)
    except Disconnected:
        return None
    return await reply(send, answer.status, answer.content, headers=answer.headers)


async def _answer(scope: Scope, receive: Receive) -> calling.Answer:
    caller: Caller = scope["state"].get("caller") or ANONYMOUS
    operation = calling.offered(scope["path"].removeprefix(PREFIX), REST, caller)
    raw = await read_body(receive)
    try:
        given = calling.with_key(operation, calling.arguments(raw), header(scope, b"idempotency-key"))
    except Failure as failure:
        return calling.answer(operation, Outcome(failure=failure))
    outcome = await _call(operation, given, caller.via("rest"), receive=receive)
    return calling.answer(operation, outcome)


async def _call(operation: Operation, given: dict[str, object], caller: Caller, *, receive: Receive) -> Outcome:
    call = dispatch.call(operation, given, caller)
    return await while_connected(receive, call) if operation.long else await call
