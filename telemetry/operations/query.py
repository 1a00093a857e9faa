"""How `/v1` query strings become arguments: as published, keys that nobody knows are passed over."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

Coerce = Callable[[dict[str, Any]], dict[str, Any]]


def known_only(
    model: type[BaseModel], *, prefixes: tuple[str, ...] = (), by: tuple[str, ...] = ("type", "source", "version")
) -> Coerce:
    """Keep the arguments of `model` (and names with one of `prefixes`); a `by` that is none of `by` is not given."""
    names = {info.alias or name for name, info in model.model_fields.items()}

    def coerce(given: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in given.items() if name in names or name.startswith(prefixes or "\0")}
        if kept.get("by") not in by:
            kept.pop("by", None)
        return kept

    return coerce
