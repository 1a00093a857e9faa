"""`/mcp/tools`, `/mcp/manifest`, `/mcp/call`: the published plain-JSON surface of the reading tools, not MCP itself.

Made of the registry: the tools are the operations of the toolset `telemetry`, and a call is a call of one of them.
"""

from typing import Any, Final

from pydantic_core import to_json

from pulse_project.core import body, dispatch, executor
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Disconnected, Receive, Scope, Send, header, read_body, refuse, reply
from pulse_project.core.operations import MCP, REGISTRY, Operation
from pulse_project.core.principals import ANONYMOUS, Caller
from telemetry.catalog import DETAIL, catalog
from telemetry.operations.events import EventInput

CONTRACT_VERSION: Final = "1"
READ: Final = "telemetry.read"
CALL_PATH: Final = "/mcp/call"
READS: Final = (
    ("/v1/events", "Events, newest receipt first."),
    ("/v1/events/{event_id}", "One event."),
    ("/v1/metrics/counts", "Events by type, source or version."),
    ("/v1/metrics/phases", "What was closed in each phase."),
    ("/v1/metrics/stop-reasons", "Why workflows stopped."),
    ("/v1/metrics/verification", "Pass rates of verifications."),
)
PLAIN: Final = (
    ("GET", "/mcp/tools", "These tools."),
    ("GET", "/mcp/manifest", "This description."),
    ("POST", CALL_PATH, "Call a tool."),
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one of the three addresses to a caller that may read telemetry."""
    caller: Caller = (scope["state"].get("caller") or ANONYMOUS).via("rest")
    method = "POST" if scope["path"] == CALL_PATH else "GET"
    try:
        caller.demand(READ)
        if scope["method"] != method:
            await reply(send, 405, b'{"detail":"Method Not Allowed"}', headers=[(b"allow", method.encode())])
        elif method == "POST":
            await _call(scope, receive, send, caller)
        else:
            await reply(send, 200, to_json(manifest() if scope["path"] == "/mcp/manifest" else tools()))
    except Failure as failure:
        await refuse(send, failure, envelope=DETAIL)
    except Disconnected:
        return


def tools() -> dict[str, Any]:
    """`{"tools": [{name, description, http, input_schema}]}`."""
    return {
        "tools": [
            {
                "name": operation.name,
                "description": operation.summary,
                "http": {"method": "POST", "path": CALL_PATH, "tool": operation.name},
                "input_schema": operation.input_schema,
            }
            for operation in _offered()
        ]
    }


def manifest() -> dict[str, Any]:
    """What the surface is and where; `auth` as published, for callers on trusted loopback."""
    reads = [("GET", path, text) for path, text in READS]
    return {
        "contract_version": CONTRACT_VERSION,
        "service": "pulse",
        "description": "Events of producers and figures over them, for agents that speak plain JSON.",
        "auth": {"header": None, "note": "Open to local programs; from elsewhere send Authorization: Bearer <key>."},
        "tools": tools()["tools"],
        "endpoints": [
            {"method": method, "path": path, "auth": "none", "description": text}
            for method, path, text in (*reads, *PLAIN)
        ],
    }


def _offered() -> list[Operation]:
    return [found for found in REGISTRY.values() if found.catalog is catalog and MCP in found.surfaces]


async def _call(scope: Scope, receive: Receive, send: Send, caller: Caller) -> None:
    raw = await read_body(receive)
    problem, tool, given = _request(scope, raw)
    if problem is not None:
        await reply(send, 422, to_json({"detail": [problem]}))
        return
    result, error = await _outcome(tool, given, caller)
    await reply(send, 200, to_json({"result": result, "error": error}))


async def _outcome(tool: str, given: dict[str, Any], caller: Caller) -> tuple[Any, str | None]:
    """The result or the sentence of what went wrong, in the published words."""
    operation = next((found for found in _offered() if found.name == tool), None)
    if operation is None:
        return None, f"Unknown tool: {_shown(tool)}"
    if operation.input is EventInput and not given.get("event_id"):
        return None, f"{operation.name} requires 'event_id'"
    outcome: executor.Outcome = await dispatch.call(operation, _coerced(operation, given), caller)
    if outcome.failure is not None:
        return None, outcome.failure.message
    return outcome.result, None


def _coerced(operation: Operation, given: dict[str, Any]) -> dict[str, Any]:
    """As published: unknown arguments are passed over, filters become text, and a wrong `by` counts as `type`."""
    known = operation.input_schema.get("properties", {})
    kept = {name: value for name, value in given.items() if name in known and value is not None}
    for name, value in kept.items():
        if name not in {"limit", "payload"} and not isinstance(value, str):
            kept[name] = str(value)
    if "by" in kept and kept["by"] not in known["by"].get("enum", [kept["by"]]):
        del kept["by"]
    return kept


def _request(scope: Scope, raw: bytes) -> tuple[dict[str, Any] | None, str, dict[str, Any]]:
    """The tool and its input, or the first problem in FastAPI's form."""
    media = header(scope, b"content-type").partition(";")[0].strip().lower()
    if media and media != "application/json" and not media.endswith("+json"):
        return _problem("model_attributes_type", ["body"], "Input should be a valid dictionary or object"), "", {}
    try:
        value = body.loads(raw)
    except Failure as failure:
        if failure.code is Code.CONTENT_TOO_LARGE:
            raise
        return _problem("json_invalid", ["body", 0], "JSON decode error"), "", {}
    if not isinstance(value, dict):
        return _problem("model_attributes_type", ["body"], "Input should be a valid dictionary or object"), "", {}
    if "tool" not in value:
        return _problem("missing", ["body", "tool"], "Field required"), "", {}
    if not isinstance(value["tool"], str):
        return _problem("string_type", ["body", "tool"], "Input should be a valid string"), "", {}
    given = value.get("input", {})
    if not isinstance(given, dict):
        return _problem("dict_type", ["body", "input"], "Input should be a valid dictionary"), "", {}
    return None, value["tool"], given


def _problem(kind: str, loc: list[str | int], message: str) -> dict[str, Any]:
    return {"type": kind, "loc": loc, "msg": message}


def _shown(text: str) -> str:
    return "".join(character for character in text[:80] if character.isprintable())
