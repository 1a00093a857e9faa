"""The permission flags of boards: the published vocabulary, its presets, and our own flags beside it."""

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from pulse_project.core import flags
from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed

_DATA: dict[str, Any] = json.loads(resources.files("boards").joinpath("permissions.json").read_text())

PUBLISHED: tuple[str, ...] = tuple(_DATA["flags"])
PRESETS: Mapping[str, frozenset[str]] = {name: frozenset(granted) for name, granted in _DATA["presets"].items()}
LEGACY: Mapping[str, tuple[str, ...]] = {name: tuple(granted) for name, granted in _DATA["legacy"].items()}
RETIRED = frozenset({"refinement.interact_in.in_progress", "spec.cards_derive"})  # accepted in stored sets

GOVERNANCE = ("governance.waive", "governance.override_review")
MANAGE = (
    "board.manage.edit",
    "board.manage.delete",
    "board.manage.share",
    "board.manage.settings",
    "board.manage.archive",
)
OPERATORS: Mapping[str, str] = {
    "board.manage.create": "Create boards.",
    "agents.manage": "Create, change and delete agents; grant them boards.",
    "presets.manage": "Create, change and delete presets of board flags.",
    "system.settings": "Decide what concerns every board.",
}

ON_BOARDS = frozenset({*PUBLISHED, *GOVERNANCE, *MANAGE})
READING = frozenset(
    {"read", "context_read", "activity_read", "analytics_read", "mentions_read", "history_read", "versions_read"}
    | {"get_responses", "settings_read"}
)
READS = frozenset(
    flag for flag in PUBLISHED if flag.rsplit(".", 1)[1] in READING or flag.startswith(("kg.query.", "kg.power."))
)

VIEWER = READS | {flag for flag in PUBLISHED if flag.endswith(".qa.ask")}
VIEWER |= {"card.comments.create", "card.comments.respond_choice"}
EDITOR = frozenset(
    flag
    for flag in PUBLISHED
    if not flag.endswith(".delete")
    and not flag.startswith("kg.admin.")
    and flag not in {"guidelines.create", "guidelines.edit"}
)

# What a caller without key or login never does, not even on this machine: judging work and changing who judges it.
NEVER_WITHOUT_IDENTITY = frozenset(
    {*GOVERNANCE, *(flag for flag in PUBLISHED if flag.endswith((".validation.submit", ".evaluations.submit")))}
)

flags.declare(ON_BOARDS)
flags.declare_operator(OPERATORS)


def document_of(granted: Iterable[str]) -> dict[str, Any]:
    """The published nested shape of a set: `{group: {part: {flag: bool}}}`, complete."""
    held = frozenset(granted)
    document: dict[str, Any] = {}
    for name in (*PUBLISHED, *GOVERNANCE, *MANAGE):
        *path, leaf = name.split(".")
        node = document
        for part in path:
            node = node.setdefault(part, {})
        node[leaf] = name in held
    return document


def leaves_of(document: Any, field: str = "permission_flags") -> dict[str, bool]:
    """Every flag that a nested document or a flat `{flag: bool}` names.

    Errors: VALIDATION_ERROR for what is no object, an unknown flag or a value that is no boolean.
    """
    found: dict[str, bool] = {}
    pending: list[tuple[str, Any]] = [("", document)]
    while pending:
        prefix, node = pending.pop()
        if isinstance(node, Mapping):
            pending.extend((f"{prefix}.{name}" if prefix else str(name), value) for name, value in node.items())
        elif prefix not in ON_BOARDS or type(node) is not bool:
            raise Failure(
                Code.VALIDATION_ERROR, f"{field} takes known flags, each true or false.", field=echoed(prefix or field)
            )
        else:
            found[prefix] = node
    return found
