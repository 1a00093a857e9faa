"""What telemetry's operations share: the published `/v1` addresses, plain objects, and FastAPI's shape of refusals."""

from dataclasses import dataclass
from typing import Any

from pulse_project.core.envelopes import PLAIN, Body
from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import OPERATOR_SURFACES, Catalog

CODES = frozenset(
    {
        Code.VALIDATION_ERROR,
        Code.NOT_FOUND,
        Code.PERMISSION_DENIED,
        Code.CONFLICT,
        Code.CONTENT_TOO_LARGE,
        Code.DB_ERROR,
        Code.INTERNAL_ERROR,
    }
)


@dataclass(frozen=True)
class Detail:
    """The published shape of `/v1` refusals: `{"detail": sentence}`, or `{"detail": [{type, loc, msg, input}]}`."""

    def success(self, result: Any) -> Body:
        return result if isinstance(result, dict) else {"result": result}

    def failure(self, failure: Failure) -> Body:
        if failure.code is Code.NOT_FOUND or "detail" in failure.details:
            return {"detail": failure.details.get("detail", failure.message)}
        return {"detail": failure.message, "code": failure.code.value, "details": failure.details}

    def marks_errors(self) -> bool:
        return True

    @property
    def failure_schema(self) -> Body:
        sentence_or_problems = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}
        return {"type": "object", "required": ["detail"], "properties": {"detail": sentence_or_problems}}


DETAIL = Detail()

catalog = Catalog("telemetry", PLAIN, CODES, rest_prefix="/v1")

# Published addresses that are no tools for agents.
published = Catalog("telemetry", PLAIN, CODES, rest_prefix="/v1", surfaces=OPERATOR_SURFACES)

# What operators decide is offered on REST and the command line, not to agents as tools.
operators = Catalog(
    "telemetry", PLAIN, CODES, rest_prefix="/api/v1/telemetry", surfaces=OPERATOR_SURFACES, toolset="operator"
)
