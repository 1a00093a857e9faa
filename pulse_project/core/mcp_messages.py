"""JSON-RPC as bytes: reading a request and writing an answer in exactly the shape that the official SDK writes."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json

from pulse_project.core import body
from pulse_project.core.errors import Failure

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602

Id = str | int


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """An answer that ends the request before any tool is looked up: HTTP status and JSON-RPC error."""

    status: int
    code: int
    message: str
    id: Id = "server-error"  # the SDK's id where no request can be named

    def content(self) -> bytes:
        return error(self.id, self.code, self.message)


@dataclass(frozen=True, slots=True)
class Request:
    """A readable JSON-RPC message. `id` is None for notifications and responses; `problem` refuses its arguments."""

    id: Id | None
    method: str
    params: dict[str, Any]
    problem: Failure | None = None

    @property
    def progress_token(self) -> Id | None:
        meta = self.params.get("_meta")
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        return token if isinstance(token, str | int) else None


def read(raw: bytes) -> Request:
    """The message of one HTTP body or stdio line; raises Refusal (400, 413)."""
    problem: Failure | None = None
    try:
        message = body.loads(raw)
    except body.Malformed as failure:
        if not failure.is_readable:
            raise Refusal(400, PARSE_ERROR, failure.message) from failure
        message, problem = body.salvage(raw), failure
    except Failure as failure:
        raise Refusal(413, INVALID_REQUEST, failure.message) from failure
    return _request(message, problem)


def _request(message: Any, problem: Failure | None) -> Request:
    if not isinstance(message, dict):
        if problem is not None:
            raise Refusal(400, INVALID_REQUEST, problem.message)
        raise Refusal(400, INVALID_REQUEST, "A request is one JSON-RPC object; batches are not part of the protocol.")
    if message.get("jsonrpc") != "2.0":
        raise Refusal(400, INVALID_REQUEST, 'A request names "jsonrpc": "2.0".')
    if "method" not in message and ("result" in message or "error" in message):
        return Request(None, "", {})
    method, params = message.get("method"), message.get("params")
    if not isinstance(method, str):
        raise Refusal(400, INVALID_REQUEST, "A request names its method.")
    identifier = message.get("id")
    if "id" in message and (isinstance(identifier, bool) or not isinstance(identifier, str | int)):
        raise Refusal(400, INVALID_REQUEST, "The id of a request is a string or an integer.")
    if params is not None and not isinstance(params, dict):
        raise Refusal(400, INVALID_REQUEST, "The params of a request are an object.", identifier or "server-error")
    if problem is not None and method != "tools/call":
        raise Refusal(400, INVALID_REQUEST, problem.message, identifier or "server-error")
    return Request(identifier, method, params or {}, problem)


def result(identifier: Id | None, content: bytes) -> bytes:
    """A successful answer around an already serialised result."""
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (to_json(identifier), content)


def error(identifier: Id | None, code: int, message: str) -> bytes:
    return b'{"jsonrpc":"2.0","id":%b,"error":{"code":%d,"message":%b}}' % (to_json(identifier), code, to_json(message))


def progress(token: Id, elapsed_seconds: int) -> bytes:
    """A progress notification; the seconds since the call began are the progress."""
    params = to_json({"progressToken": token, "progress": float(elapsed_seconds)})
    return b'{"method":"notifications/progress","params":%b,"jsonrpc":"2.0"}' % params


def tool_result(envelope: dict[str, Any], *, is_error: bool) -> bytes:
    """A tool's answer: the envelope once as compact text and once as structured content, serialised a single time."""
    structured = to_json(envelope)
    return b'{"content":[{"type":"text","text":%b}],"structuredContent":%b,"isError":%b}' % (
        to_json(structured.decode()),
        structured,
        b"true" if is_error else b"false",
    )
