"""Flat JSON schemas: clients do not follow `$ref`, so definitions are inlined and titles dropped."""

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import TypeAdapter


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


def describe(shape: Any) -> dict[str, Any]:
    """The JSON schema of a result type: typed dictionaries of any nesting, and everything that pydantic knows."""
    if is_typeddict(shape):
        return _typed_dictionary(shape)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin in {list, tuple, set, frozenset}:
        return {"type": "array", "items": describe(arguments[0]) if arguments else {}}
    if origin is dict:
        return {"type": "object", "additionalProperties": describe(arguments[1])}
    if origin in {Union, UnionType}:
        return {"anyOf": [describe(argument) for argument in arguments]}
    if shape is Any or shape is object:
        return {}
    return flatten(TypeAdapter(shape).json_schema(mode="serialization"))


def _typed_dictionary(shape: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "object",
        "properties": {name: describe(hint) for name, hint in get_type_hints(shape).items()},
    }
    required = sorted(shape.__required_keys__)
    return {**described, "required": required} if required else described
