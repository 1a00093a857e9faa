"""The keys of a design's parts, and reading them from what a caller sends."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boards.inputs import MAX_TEXT, MAX_TITLE
from pulse_project.core.logs_format import echoed
from specs.architecture.findings import Findings

MAX_PARTS = 200
MAX_ID = 80
SHORT = frozenset({"id", "name", "title", "entity_type", "direction", "protocol", "contract_type", "diagram_type"})


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of one kind of part by what they hold; `derived` ones are ours and ignored when sent."""

    prefix: str  # of the ids that we give
    texts: tuple[str, ...]
    lists: tuple[str, ...] = ()
    values: tuple[str, ...] = ()  # any JSON
    numbers: tuple[str, ...] = ()
    derived: frozenset[str] = frozenset()

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.texts, *self.lists, *self.values, *self.numbers)


ENTITY = Shape(
    "ent_",
    ("id", "name", "entity_type", "responsibility", "notes"),
    lists=("technologies", "relationships"),
    values=("boundaries",),
)
INTERFACE = Shape(
    "ifc_",
    ("id", "name", "endpoint", "description", "direction", "protocol", "contract_type", "schema_ref", "notes"),
    lists=("participants",),
    values=("request_schema", "response_schema", "event_schema", "error_contract"),
)
DIAGRAM = Shape(
    "dia_",
    ("id", "title", "diagram_type", "format", "description", "preview_ref", "source_diagram_id", "source_payload_ref"),
    values=("render_metadata", "adapter_payload"),
    numbers=("order_index",),
    derived=frozenset({"adapter_payload_ref", "content_hash", "size_bytes"}),
)


def parts_of(raw: Any, shape: Shape, path: str, findings: Findings) -> list[dict[str, Any]]:
    """The parts in a list of objects, each with every key of its shape and an id."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        findings.issue(path, "wrong_type", "This takes a list of objects.")
        return []
    if len(raw) > MAX_PARTS:
        findings.issue(path, "too_many", f"A design takes at most {MAX_PARTS} of these.")
        return []
    parts = [_part(item, shape, f"{path}[{place}]", findings) for place, item in enumerate(raw)]
    taken = {part["id"] for part in parts if part["id"]}
    for place, part in enumerate(parts):
        if not part["id"]:
            findings.warn(f"{path}[{place}].id", "missing", "An id was given, so that others can refer to this.")
            part["id"] = _free_id(shape.prefix, taken)
    return parts


def _free_id(prefix: str, taken: set[str]) -> str:
    while (made := prefix + secrets.token_hex(4)) in taken:
        pass
    taken.add(made)
    return made


def _part(item: Any, shape: Shape, path: str, findings: Findings) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        findings.issue(path, "wrong_type", "This takes an object.")
        item = {}
    for key in item.keys() - set(shape.keys) - shape.derived:
        findings.warn(f"{path}.{echoed(str(key))}", "unknown_key", "This key is not kept.", "Put it into notes.")
    part: dict[str, Any] = {key: _text(item.get(key), key, path, findings) for key in shape.texts}
    part |= {key: _list(item.get(key), f"{path}.{key}", findings) for key in shape.lists}
    part |= {key: item.get(key) for key in shape.values}
    part |= {key: _number(item.get(key), f"{path}.{key}", findings) for key in shape.numbers}
    return part


def _text(value: Any, key: str, path: str, findings: Findings) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        findings.issue(f"{path}.{key}", "wrong_type", "This takes a text.")
        return ""
    bound = MAX_ID if key == "id" else MAX_TITLE if key in SHORT else MAX_TEXT
    if len(value) > bound:
        findings.issue(f"{path}.{key}", "too_long", f"This takes at most {bound} characters.")
    return value.strip()


def _list(value: Any, path: str, findings: Findings) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        findings.issue(path, "wrong_type", "This takes a list.")
        return []
    return value


def _number(value: Any, path: str, findings: Findings) -> int:
    if value is None:
        return 0
    if type(value) is not int or not 0 <= value <= 1_000_000:
        findings.issue(path, "wrong_type", "This takes a whole number from 0.")
        return 0
    return value
