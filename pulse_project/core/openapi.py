"""The OpenAPI document: drf-spectacular walks the published addresses, the registry describes what stands there."""

import copy
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from pulse_project.core import ops_endpoint
from pulse_project.core.envelopes import OK_DATA, Envelope
from pulse_project.core.errors import COMMON_CODES, Code
from pulse_project.core.operations import REGISTRY, REST, Operation, Route
from pulse_project.core.version import version

Schema = dict[str, Any]

_ALWAYS: Final = (Code.VALIDATION_ERROR, Code.AUTH_REQUIRED, Code.PERMISSION_DENIED, Code.RATE_LIMITED, Code.DB_ERROR)
_SECURITY: Final[Mapping[str, Schema]] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


@cache
def document() -> Schema:
    """The whole document. It is made of code, so one per process is enough."""
    generated: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    paths = dict(generated["paths"])
    for operation in sorted(REGISTRY.values(), key=lambda operation: operation.name):
        if REST in operation.surfaces:
            paths[f"{ops_endpoint.PREFIX}{operation.name}"] = {"post": ops_entry(operation)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pulse", "version": version(), "description": "Every operation of this server over HTTP."},
        "paths": paths,
        "components": {"securitySchemes": dict(_SECURITY)},
        "security": [{name: []} for name in _SECURITY] + [{}],
    }


class OperationSchema(AutoSchema):
    """The entry of a published address, read from its operation instead of from serializers."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Schema | None:
        published: Mapping[str, tuple[Operation, Route]] = getattr(self.view, "published", {})
        return route_entry(*published[method], path) if method in published else None


def ops_entry(operation: Operation) -> Schema:
    """`POST /api/v1/ops/<name>`."""
    return {
        **_head(operation, f"ops_{operation.name}"),
        "parameters": _idempotency(operation),
        "requestBody": _request_body(_input_schema(operation)),
        "responses": _responses(operation, operation.envelope, "200", _success(operation, operation.envelope)),
    }


def route_entry(operation: Operation, route: Route, path: str) -> Schema:
    """One published address: path values and query, or path values and a body."""
    envelope = route.envelope or operation.envelope
    in_path = set(re.findall(r"{(\w+)}", path))
    rest = _without(_input_schema(operation), in_path)
    entry = _head(operation, f"{route.method.lower()}_{_identifier(path)}")
    entry["parameters"] = _path_parameters(operation, in_path)
    if route.method in {"GET", "DELETE"}:
        entry["parameters"] += _query_parameters(rest)
    else:
        entry["parameters"] += _idempotency(operation)
        body = rest if route.coerce is None else {"type": "object"}
        entry["requestBody"] = _request_body(body)
    success = _success(operation, envelope) if route.view is None else None
    entry["responses"] = _responses(operation, envelope, str(route.status), success)
    return entry


def _head(operation: Operation, identifier: str) -> Schema:
    return {
        "operationId": identifier,
        "tags": [operation.toolset],
        "summary": operation.summary,
        "description": operation.description,
        "x-operation": operation.name,
        "x-permissions": list(operation.flags),
    }


def _identifier(path: str) -> str:
    return re.sub(r"\W+", "_", path).strip("_")


def _input_schema(operation: Operation) -> Schema:
    return copy.deepcopy(operation.input_schema)


def _without(schema: Schema, names: set[str]) -> Schema:
    kept = {name: value for name, value in schema.get("properties", {}).items() if name not in names}
    required = [name for name in schema.get("required", []) if name not in names]
    return {**schema, "properties": kept, "required": required}


def _path_parameters(operation: Operation, names: set[str]) -> list[Schema]:
    properties = operation.input_schema.get("properties", {})
    return [
        {"name": name, "in": "path", "required": True, "schema": properties.get(name, {"type": "string"})}
        for name in sorted(names)
    ]


def _query_parameters(schema: Schema) -> list[Schema]:
    required = set(schema.get("required", []))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": value}
        for name, value in schema.get("properties", {}).items()
    ]


def _idempotency(operation: Operation) -> list[Schema]:
    if not operation.takes_idempotency_key:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]


def _request_body(schema: Schema) -> Schema:
    return {"required": bool(schema.get("required")), "content": {"application/json": {"schema": schema}}}


def _success(operation: Operation, envelope: Envelope) -> Schema:
    result = copy.deepcopy(operation.output_schema)
    for path in operation.untrusted:
        mark_untrusted(result, path)
    if envelope is not OK_DATA:
        return result
    return {"type": "object", "required": ["ok", "data"], "properties": {"ok": {"const": True}, "data": result}}


def mark_untrusted(schema: Schema, path: str) -> None:
    """Set `x-untrusted` where a path such as `items[].body` leads; a path into an open object marks the object."""
    node = schema
    for step in path.replace("[]", ".[]").split("."):
        node = _arm(node)
        following = node.get("items") if step == "[]" else node.get("properties", {}).get(step)
        if not isinstance(following, dict):
            break
        node = following
    node["x-untrusted"] = True


def _arm(node: Schema) -> Schema:
    """The arm of an optional value that has structure."""
    for option in node.get("anyOf", []):
        if "properties" in option or "items" in option:
            found: Schema = option
            return found
    return node


def _responses(operation: Operation, envelope: Envelope, status: str, success: Schema | None) -> Schema:
    failure = {"application/json": {"schema": envelope.failure_schema}}
    content = {"*/*": {}} if success is None else {"application/json": {"schema": success}}
    responses: Schema = {status: {"description": "Done.", "content": content}}
    for http_status, codes in sorted(_codes_by_status(operation).items()):
        responses[http_status] = {"description": ", ".join(codes), "content": failure}
        if http_status in {"429", "503"}:
            responses[http_status]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return {**responses, "default": {"description": "A refusal.", "content": failure}}


def _codes_by_status(operation: Operation) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    extra = COMMON_CODES if operation.writes else frozenset()
    for code in sorted({*operation.errors, *_ALWAYS, *extra}):
        found.setdefault(str(code.http_status), []).append(code.value)
    return found
