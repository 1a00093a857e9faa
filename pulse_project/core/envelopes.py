"""The two frozen shapes of an answer: the bus's `{ok, data | error}` and the plain object of everything else."""

from dataclasses import dataclass
from typing import Any, Protocol

from pulse_project.core.errors import Failure

Body = dict[str, Any]

_DETAILS: Body = {"type": "object", "additionalProperties": True}
_OK_DATA_FAILURE: Body = {
    "type": "object",
    "required": ["ok", "error"],
    "properties": {
        "ok": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": _DETAILS},
        },
    },
}
_PLAIN_FAILURE: Body = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {"error": {"type": "string"}, "code": {"type": "string"}, "details": _DETAILS},
}


class Envelope(Protocol):
    """How a catalogue wraps results and failures."""

    def success(self, result: Any) -> Body: ...

    def failure(self, failure: Failure) -> Body: ...

    def marks_errors(self) -> bool:
        """Whether an MCP answer that carries a failure sets `isError`."""
        ...

    @property
    def failure_schema(self) -> Body:
        """JSON schema of what `failure` answers."""
        ...


@dataclass(frozen=True)
class OkData:
    """`{"ok": true, "data"}` or `{"ok": false, "error": {code, message, details?}}`; `isError` stays false."""

    def success(self, result: Any) -> Body:
        return {"ok": True, "data": {} if result is None else result}

    def failure(self, failure: Failure) -> Body:
        error: Body = {"code": failure.code.value, "message": failure.message}
        if failure.details:
            error["details"] = failure.details
        return {"ok": False, "error": error}

    def marks_errors(self) -> bool:
        return False

    @property
    def failure_schema(self) -> Body:
        return _OK_DATA_FAILURE


@dataclass(frozen=True)
class Plain:
    """The result itself, or `{"error": sentence, "code", "details"}` with `isError` true."""

    def success(self, result: Any) -> Body:
        return result if isinstance(result, dict) else {"result": result}

    def failure(self, failure: Failure) -> Body:
        return {"error": failure.message, "code": failure.code.value, "details": failure.details, **failure.beside}

    def marks_errors(self) -> bool:
        return True

    @property
    def failure_schema(self) -> Body:
        return _PLAIN_FAILURE


OK_DATA = OkData()
PLAIN = Plain()
