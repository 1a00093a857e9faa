"""`/mcp`: the ASGI application of the MCP transport, in front of Django.

tools/call, tools/list and ping are answered here in the SDK's shape: plain JSON, or a stream of events for long calls
and calls with a progress token. Everything else is handed to the SDK with the body replayed.
"""

from functools import lru_cache

from pulse_project.core import mcp_adapter, mcp_messages, mcp_stream, mcp_tools, toolsets
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Disconnected, Receive, Scope, Send, read_body, refuse, reply, while_connected
from pulse_project.core.mcp_messages import INVALID_PARAMS, INVALID_REQUEST, Refusal, Request
from pulse_project.core.principals import Caller

ALLOW = [(b"allow", b"POST")]
MAX_VERSION = 32
_READ_HEADERS = frozenset(
    {
        b"accept",
        b"content-type",
        b"mcp-protocol-version",
        b"x-mcp-toolsets",
        b"x-mcp-tools",
        b"x-mcp-readonly",
    }
)


class McpMount:
    """The ASGI application. Stateless: any process may answer any request."""

    def __init__(self) -> None:
        mcp_adapter.install()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            content = mcp_messages.error("server-error", INVALID_REQUEST, "Method Not Allowed: use POST.")
            return await reply(send, 405, content, headers=ALLOW)
        headers = {name: value for name, value in scope["headers"] if name in _READ_HEADERS}
        try:
            caller = _caller_of(scope, headers)
            raw = await read_body(receive)
            request = mcp_messages.read(raw)
            if _is_direct(request, headers):
                return await _answer(request, caller, headers, receive=receive, send=send)
            mcp_adapter.check_method(request)
            _check_version(headers.get(b"mcp-protocol-version", b""))
        except Refusal as refusal:
            return await reply(send, refusal.status, refusal.content())
        except Failure as failure:
            return await _refuse(send, failure)
        except Disconnected:
            return None
        return await mcp_adapter.serve(scope, caller, raw, receive=receive, send=send)


async def _answer(
    request: Request, caller: Caller, headers: dict[bytes, bytes], *, receive: Receive, send: Send
) -> None:
    is_long = mcp_tools.is_long(request, caller)
    if (is_long or request.progress_token is not None) and mcp_stream.is_taken(headers.get(b"accept", b"")):
        return await mcp_stream.answer(request, caller, receive=receive, send=send)
    call = mcp_tools.answer(request, caller)
    return await reply(send, 200, await while_connected(receive, call) if is_long else await call)


def _is_direct(request: Request, headers: dict[bytes, bytes]) -> bool:
    """Whether it is one of the three hot methods with headers in order; bad headers get the SDK's answer."""
    return (
        request.method in mcp_tools.DIRECT
        and request.id is not None
        and _accepts_json(headers.get(b"accept", b""))
        and headers.get(b"content-type", b"").partition(b";")[0].strip() == b"application/json"
        and _speaks(headers.get(b"mcp-protocol-version"))
    )


@lru_cache(maxsize=256)
def _accepts_json(accept: bytes) -> bool:
    return any(part.strip().startswith(b"application/json") for part in accept.split(b","))


def _speaks(version: bytes | None) -> bool:
    return version is None or mcp_adapter.speaks(version.decode("latin-1"))


def _check_version(version: bytes) -> None:
    """The SDK repeats an unknown version in its refusal: nothing longer than a version gets there."""
    if len(version) > MAX_VERSION:
        raise Refusal(400, INVALID_REQUEST, "MCP-Protocol-Version names no version of the protocol.")


def _caller_of(scope: Scope, headers: dict[bytes, bytes]) -> Caller:
    caller: Caller | None = scope["state"].get("caller")
    if caller is None or caller.auth != "key":
        raise Failure(Code.AUTH_REQUIRED, "Send an API key: Authorization: Bearer or X-API-Key.")
    try:
        selection = toolsets.select(
            scope["path"],
            _text(headers, b"x-mcp-toolsets"),
            _text(headers, b"x-mcp-tools"),
            _text(headers, b"x-mcp-readonly"),
            scope.get("query_string", b""),
        )
    except toolsets.UnknownAddress as error:
        raise Refusal(404, INVALID_REQUEST, "No such address below /mcp.") from error
    except Failure as failure:
        raise Refusal(400, INVALID_PARAMS, failure.message) from failure
    caller = selection.narrow(caller)
    return caller if caller.transport == "mcp" else caller.via("mcp")


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    value = headers.get(name)
    return "" if value is None else value.decode("latin-1")


async def _refuse(send: Send, failure: Failure) -> None:
    if failure.code is Code.CONTENT_TOO_LARGE:
        await reply(send, 413, mcp_messages.error("server-error", INVALID_REQUEST, failure.message))
    else:
        await refuse(send, failure)
