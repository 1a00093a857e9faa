"""The tools as MCP lists and calls them, built from the registry alone. Knows the protocol's words, not the SDK."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from pulse_project.core import dispatch, toolsets
from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.mcp_messages import INVALID_PARAMS, Request, error, result, tool_result
from pulse_project.core.operations import MCP, REGISTRY, Operation
from pulse_project.core.principals import Caller, Kind

DIRECT = frozenset({"tools/call", "tools/list", "ping"})
OPEN_OBJECT: Mapping[str, Any] = {"type": "object", "additionalProperties": True}
UNTRUSTED_KEY = "pulse/untrusted"
UNKNOWN = "Unknown tool. tools/list names the tools that are offered here."


class UnknownTool(LookupError):
    """No tool of that name is offered to the caller."""


def description_of(operation: Operation) -> dict[str, Any]:
    """The entry of tools/list. Everything in it is code; nothing stored ever appears here."""
    entry: dict[str, Any] = {
        "name": operation.name,
        "description": operation.description,
        "inputSchema": operation.input_schema,
        "outputSchema": dict(OPEN_OBJECT),
        "annotations": {
            "readOnlyHint": not operation.writes,
            "destructiveHint": operation.destructive,
            "idempotentHint": operation.idempotent,
        },
    }
    if operation.untrusted:
        inside = "data." if operation.envelope is OK_DATA else ""
        entry["_meta"] = {UNTRUSTED_KEY: [inside + path for path in operation.untrusted]}
    return entry


def listed(caller: Caller) -> tuple[Operation, ...]:
    """The operations that tools/list shows this caller, by name."""
    return _listed(_rights(caller), len(REGISTRY))


def listing(caller: Caller) -> bytes:
    """The serialised result of tools/list, kept per set of rights."""
    return _listing(_rights(caller), len(REGISTRY))


def _rights(caller: Caller) -> Caller:
    return Caller(
        Kind.AGENT, "", caller.flags, toolsets=caller.toolsets, tools=caller.tools, read_only=caller.read_only
    )


@lru_cache(maxsize=256)
def _listed(rights: Caller, _size: int) -> tuple[Operation, ...]:
    return tuple(operation for _, operation in sorted(REGISTRY.items()) if toolsets.is_listed(operation, rights))


@lru_cache(maxsize=256)
def _listing(rights: Caller, size: int) -> bytes:
    return b'{"tools":[%b]}' % b",".join(_serialised(operation) for operation in _listed(rights, size))


@lru_cache(maxsize=1024)
def _serialised(operation: Operation) -> bytes:
    return to_json(description_of(operation))


def find(name: Any, caller: Caller) -> Operation:
    """The tool that this caller may try to call; UnknownTool for absent and for unselected names alike."""
    operation = REGISTRY.get(name) if isinstance(name, str) else None
    if operation is None or MCP not in operation.surfaces or not toolsets.is_selected(operation, caller):
        raise UnknownTool(name)
    return operation


def is_long(request: Request, caller: Caller) -> bool:
    """Whether the request calls a tool that may wait."""
    if request.method != "tools/call":
        return False
    try:
        return find(request.params.get("name"), caller).long
    except UnknownTool:
        return False


async def run(operation: Operation, arguments: Any, caller: Caller, problem: Failure | None = None) -> Outcome:
    """Call a tool. Arguments that are no object, or out of bounds, are refused in the tool's own envelope."""
    if problem is None and arguments is not None and not isinstance(arguments, dict):
        problem = Failure(Code.VALIDATION_ERROR, "arguments must be an object.", field="arguments")
    if problem is not None:
        return Outcome(failure=problem)
    return await dispatch.call(operation, arguments or {}, caller)


def serialise(operation: Operation, outcome: Outcome) -> bytes:
    """The serialised result of tools/call."""
    envelope = operation.envelope
    return tool_result(outcome.body(envelope), is_error=outcome.failure is not None and envelope.marks_errors())


async def answer(request: Request, caller: Caller) -> bytes:
    """The JSON-RPC answer to a request for one of the `DIRECT` methods."""
    if request.method == "tools/list":
        return result(request.id, listing(caller))
    if request.method == "ping":
        return result(request.id, b"{}")
    try:
        operation = find(request.params.get("name"), caller)
    except UnknownTool:
        return error(request.id, INVALID_PARAMS, UNKNOWN)
    outcome = await run(operation, request.params.get("arguments"), caller, request.problem)
    return result(request.id, serialise(operation, outcome))
