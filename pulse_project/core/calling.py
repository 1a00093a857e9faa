"""From an HTTP request to a call: the arguments in their typed form, and the answer as status, headers and bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic_core import to_json

from pulse_project.core import body, toolsets
from pulse_project.core.envelopes import OK_DATA, Envelope
from pulse_project.core.errors import Code, Failure
from pulse_project.core.executor import Outcome
from pulse_project.core.http_reply import Header, retry_after
from pulse_project.core.operations import REGISTRY, Operation, Route
from pulse_project.core.principals import Caller

JSON = b"application/json"
TEXT = b"text/plain; charset=utf-8"
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    content: bytes
    headers: tuple[Header, ...] = ()
    content_type: bytes = JSON


def offered(name: str, surface: str, caller: Caller) -> Operation:
    """The operation, if the surface has it and the caller's key selects it; NOT_FOUND for all else alike."""
    operation = REGISTRY.get(name)
    if operation is None or surface not in operation.surfaces or not toolsets.is_selected(operation, caller):
        raise Failure(Code.NOT_FOUND, "No such operation. /api/docs lists them.")
    return operation


def arguments(raw: bytes) -> dict[str, Any]:
    """The arguments in a request body: one JSON object, or nothing."""
    value = body.loads(raw) if raw.strip() else {}
    if not isinstance(value, dict):
        raise Failure(Code.VALIDATION_ERROR, "The body must be a JSON object.", field="body")
    return value


def with_key(operation: Operation, given: dict[str, Any], header: str) -> dict[str, Any]:
    """The arguments with the `Idempotency-Key` header among them; operations that only read ignore it."""
    if not header or not operation.takes_idempotency_key:
        return given
    if given.get("idempotency_key", header) != header:
        raise Failure(Code.VALIDATION_ERROR, "Idempotency-Key and idempotency_key differ.", field="idempotency_key")
    return {**given, "idempotency_key": header}


def of_query(operation: Operation, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """Typed arguments of a query string. Text that fits no accepted type stays text, and is refused later."""
    types = argument_types(operation)
    return {name: _typed(values, types.get(name, frozenset())) for name, values in query.items()}


@lru_cache(maxsize=1024)
def argument_types(operation: Operation) -> Mapping[str, frozenset[str]]:
    """The JSON types that each argument accepts."""
    properties = operation.input_schema.get("properties", {})
    return {name: frozenset(_types_of(schema)) for name, schema in properties.items()}


def _types_of(schema: Mapping[str, Any]) -> list[str]:
    if "anyOf" in schema:
        return [found for option in schema["anyOf"] for found in _types_of(option)]
    return [schema["type"]] if isinstance(schema.get("type"), str) else []


def _typed(values: list[str], types: frozenset[str]) -> Any:
    if "array" in types:
        return values
    text = values[-1]
    if "integer" in types and text.removeprefix("-").isdecimal() and len(text) <= body.MAX_DIGITS:
        return int(text)
    if "boolean" in types and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    return text


def refuse_nul(query: Mapping[str, list[str]], path_values: Mapping[str, Any]) -> None:
    """PostgreSQL stores no NUL character; bodies are refused it by their parser, addresses here."""
    if "\x00" in "".join([*map("".join, query.values()), *(str(value) for value in path_values.values())]):
        raise Failure(Code.VALIDATION_ERROR, "The address holds the NUL character, which cannot be stored.")


def unreadable_query() -> Failure:
    return Failure(Code.VALIDATION_ERROR, "The query string cannot be read.", field="query")


def answer(operation: Operation, outcome: Outcome, route: Route | None = None) -> Answer:
    """The HTTP answer to an outcome, in the shape of the published route if there is one."""
    envelope = (route.envelope if route else None) or operation.envelope
    if outcome.failure is not None:
        return refusal(outcome.failure, envelope)
    result = route.view(outcome.result) if route and route.view else outcome.result
    if isinstance(result, str):
        return Answer(route.status if route else 200, result.encode(), content_type=TEXT)
    return Answer(route.status if route else 200, to_json(envelope.success(result)))


def refusal(failure: Failure, envelope: Envelope = OK_DATA, *, status: int | None = None) -> Answer:
    """The HTTP answer to a failure."""
    return Answer(status or failure.code.http_status, to_json(envelope.failure(failure)), tuple(retry_after(failure)))
