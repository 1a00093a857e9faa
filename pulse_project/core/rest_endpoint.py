"""The published REST addresses in front of Django: the same views, reached without middleware, threads or connections.

Django's chain costs several times what most operations cost. Identity, Origin and limits are the guard's business, so
nothing in that chain is missed here.
"""

from typing import Any
from urllib.parse import parse_qs

from django.urls import Resolver404, get_resolver

from pulse_project.core import calling, dispatch
from pulse_project.core.calling import Answer
from pulse_project.core.errors import Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.http_reply import Disconnected, Receive, Scope, Send, header, read_body, reply, while_connected
from pulse_project.core.operations import REST, Operation, Route
from pulse_project.core.principals import ANONYMOUS, Caller
from pulse_project.core.rest_adapter import Published, arguments, not_answered, unknown

MAX_QUERY_FIELDS = 100


async def rest_endpoint(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application below /api/v1/."""
    try:
        answer = await _answer(scope, receive)
    except Failure as failure:
        answer = calling.refusal(failure)
    except Disconnected:
        return
    await reply(send, answer.status, answer.content, headers=answer.headers, content_type=answer.content_type)


async def _answer(scope: Scope, receive: Receive) -> Answer:
    try:
        match = get_resolver().resolve(scope["path"])
    except Resolver404:
        return unknown()
    published: Published | None = getattr(getattr(match.func, "cls", None), "published", None)
    if not published:
        return unknown()
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    if method not in published:
        return not_answered(published)
    operation, route = published[method]
    caller: Caller = (scope["state"].get("caller") or ANONYMOUS).via("rest")
    calling.offered(operation.name, REST, caller)
    raw = await read_body(receive)
    try:
        given = _arguments(operation, route, scope, raw, match.kwargs)
    except Failure as failure:
        return calling.answer(operation, Outcome(failure=failure), route)
    call = dispatch.call(operation, given, caller)
    outcome = await while_connected(receive, call) if operation.long else await call
    return calling.answer(operation, outcome, route)


def _arguments(
    operation: Operation, route: Route, scope: Scope, raw: bytes, path_values: dict[str, Any]
) -> dict[str, Any]:
    query = scope.get("query_string", b"").decode("latin-1")
    try:
        fields = (
            parse_qs(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS, errors="strict") if query else {}
        )
    except ValueError as error:
        raise calling.unreadable_query() from error
    given = arguments(operation, route, fields, raw, path_values)
    return calling.with_key(operation, given, header(scope, b"idempotency-key"))
