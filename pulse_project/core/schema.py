"""Flat JSON schemas: clients do not follow `$ref`, so definitions are inlined and titles dropped."""

from typing import Any


def flatten(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema without `$defs`, `$ref` and generated titles. Recursive definitions become open objects."""
    definitions: dict[str, Any] = schema.get("$defs", {})

    def resolve(node: Any, open_refs: tuple[str, ...], in_properties: bool = False) -> Any:
        if isinstance(node, list):
            return [resolve(item, open_refs) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            name = str(node["$ref"]).rsplit("/", 1)[-1]
            if name in open_refs:
                return {"type": "object"}
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**resolve(definitions[name], (*open_refs, name)), **resolve(rest, open_refs)}
        return {
            key: resolve(value, open_refs, in_properties=key == "properties")
            for key, value in node.items()
            if key != "$defs" and (in_properties or not (key == "title" and isinstance(value, str)))
        }

    flat: dict[str, Any] = resolve(schema, ())
    return flat
