"""Arguments for any operation, built from its published schema alone."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

# Names whose schema says only "text", although the text must be one of a kind to get past the first check.
KNOWN: Mapping[str, Any] = {
    "agent_id": "root",
    "from_agent_id": "root",
    "stream": "workspace",
    "workspace_id": "0" * 64,
    "target": {"strategy": "direct", "agent_id": "root"},
    "timeout_seconds": 0,
    "artifact_type": "text",
    "visibility": "public",
    "dry_run": True,
}
ALWAYS = ("workspace_id", "timeout_seconds", "dry_run")  # optional in the schema, decisive for what happens


def required_arguments(schema: Schema, project: str) -> dict[str, Any]:
    """The least that the operation takes."""
    properties = schema.get("properties", {})
    known = {**KNOWN, "project_root": project}
    names = [*schema.get("required", []), *(name for name in ALWAYS if name in properties)]
    return {name: known.get(name, _value(properties[name])) for name in names}


def _value(schema: Schema) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return _value(schema["anyOf"][0])
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            items = schema.get("items", {})
            return [_value(items)] if items.get("type") == "string" or schema.get("minItems") else []
        case "object":
            return {"x": 1} if schema.get("minProperties") else {}
    return "x" * max(1, schema.get("minLength", 1))
