"""Permission documents `{group: {flag: bool}}`: always stored complete, so that an absent flag can deny."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pulse_project.core import flags
from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed

Document = dict[str, Any]
PEERS = "allowed_peers"
MAX_PEERS = 1000
MAX_LIMIT = 1_000_000


def complete(document: Mapping[str, Any] | None, base: Mapping[str, Any] | None = None) -> Document:
    """`document` laid over `base` (default: everything allowed), which gives what it leaves out. None = `base` itself.

    Errors: VALIDATION_ERROR naming the group or flag that is not declared or has the wrong type.
    """
    merged = flags.full_bus_permissions()
    for layer in (base or {}, document or {}):
        for group, values in _items(layer, "permissions"):
            if group not in merged:
                raise _unknown(str(group), merged)
            for name, value in _items(values, group):
                if name not in merged[group]:
                    raise _unknown(f"{group}.{name}", merged[group])
                merged[group][name] = _checked(group, name, value)
    return merged


def _items(value: Any, field: str) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise Failure(Code.VALIDATION_ERROR, f"{field} takes an object.", field=field)
    return list(value.items())


def _checked(group: str, name: str, value: Any) -> Any:
    if name == PEERS:
        if not isinstance(value, list) or len(value) > MAX_PEERS or not all(isinstance(peer, str) for peer in value):
            raise _wrong(group, name, f"a list of at most {MAX_PEERS} agent ids")
        return deepcopy(value)
    if group == "limits":
        if type(value) is not int or not 0 <= value <= MAX_LIMIT:
            raise _wrong(group, name, f"a whole number from 0 to {MAX_LIMIT}; 0 = unlimited")
        return value
    if type(value) is not bool:
        raise _wrong(group, name, "true or false")
    return value


def _wrong(group: str, name: str, takes: str) -> Failure:
    return Failure(
        Code.VALIDATION_ERROR, f"permissions.{group}.{name} takes {takes}.", field=f"permissions.{group}.{name}"
    )


def _unknown(name: str, known: Mapping[str, Any]) -> Failure:
    return Failure(
        Code.VALIDATION_ERROR,
        f"permissions names what does not exist. Known there: {', '.join(known)}.",
        field=echoed(name),
    )
