"""The vocabulary of permission flags: an undeclared flag cannot be named by an operation, an absent flag denies."""

from collections.abc import Iterable, Mapping
from typing import Any

from pulse_project.core.principals import Limits

# The registry of the bus as published ; the wire shape of an agent's `permissions` is {group: {flag: bool}}.
BUS_FLAGS: Mapping[str, tuple[str, ...]] = {
    "messages": ("send_direct", "send_broadcast", "send_channel"),
    "handoffs": ("create", "work", "cancel"),
    "channels": ("create",),
    "artifacts": ("put",),
    "events": ("read",),
    "telemetry": ("read", "ingest"),
}
BUS_LIMITS: Mapping[str, int] = {"messages_per_minute": 0, "max_recipients": 0}

# What only operators hold: in no agent preset, granted by an operator, never to oneself.
OPERATOR_FLAGS: Mapping[str, str] = {
    "operator.agents": "Create, change and delete agents and presets.",
    "operator.keys": "Issue, rotate and revoke keys.",
    "operator.settings": "Change settings while Pulse runs.",
    "operator.prune": "Delete what retention allows.",
    "operator.reset": "Empty the bus.",
    "operator.bus": "Close sessions, cancel and release handoffs, park and redeliver messages.",
    "operator.observe": "Read lists, counts and previews of every workspace.",
    "operator.read_all": "Read every event, body and payload whatever its visibility.",
    "operator.telemetry": "Issue ingest tokens; decide retention, payload keys and alerts.",
    "operator.metrics": "Read metrics, readiness and the state of workers.",
}

READ_BY_ALL = frozenset({"telemetry.read"})  # by everybody who is known: people, monitors

_declared: set[str] = {f"{group}.{flag}" for group, flags in BUS_FLAGS.items() for flag in flags} | set(OPERATOR_FLAGS)


def declare(names: Iterable[str]) -> None:
    """Add an app's flags to the vocabulary; called while apps load."""
    _declared.update(names)


_of_operators: dict[str, str] = dict(OPERATOR_FLAGS)


def declare_operator(meanings: Mapping[str, str]) -> None:
    """Add flags that only operators hold, with what each allows; called while apps load."""
    _of_operators.update(meanings)
    declare(meanings)


def operator_meanings() -> Mapping[str, str]:
    """Every flag that only operators hold, with what it allows."""
    return _of_operators


def declared() -> frozenset[str]:
    return frozenset(_declared)


def operator_flags() -> frozenset[str]:
    return frozenset(_of_operators)


def full_bus_permissions() -> dict[str, Any]:
    """The complete document that `builtin:full` stands for."""
    document: dict[str, Any] = {group: dict.fromkeys(flags, True) for group, flags in BUS_FLAGS.items()}
    document["messages"]["allowed_peers"] = []
    document["limits"] = dict(BUS_LIMITS)
    return document


def bus_flags_of(document: Mapping[str, Any]) -> frozenset[str]:
    """The granted flags of a stored permission document; what is absent or not exactly true is denied."""
    return frozenset(
        f"{group}.{flag}"
        for group, flags in BUS_FLAGS.items()
        for flag in flags
        if isinstance(document.get(group), Mapping) and document[group].get(flag) is True
    )


def document_of(granted: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Granted flags in the shape of a permission document; operator rights are named only where they are held."""
    held = frozenset(granted)
    document = {group: {flag: f"{group}.{flag}" in held for flag in flags} for group, flags in BUS_FLAGS.items()}
    operator = {name.removeprefix("operator."): True for name in sorted(held & OPERATOR_FLAGS.keys())}
    return document | ({"operator": operator} if operator else {})


def limits_of(document: Mapping[str, Any]) -> Limits:
    limits = document.get("limits") or {}
    peers = (document.get("messages") or {}).get("allowed_peers") or []
    return Limits(int(limits.get("messages_per_minute") or 0), int(limits.get("max_recipients") or 0), frozenset(peers))
