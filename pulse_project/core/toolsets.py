"""Which operations a caller is offered: the key's restrictions, narrowed by address, header or query."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qs

from pulse_project.core.errors import Code, Failure
from pulse_project.core.operations import MCP, REGISTRY, Operation
from pulse_project.core.principals import Caller

_TRUE = frozenset({"true", "1", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Selection:
    """What one request or process asks for; None = everything."""

    toolsets: frozenset[str] | None = None
    tools: frozenset[str] | None = None
    read_only: bool = False

    def narrow(self, caller: Caller) -> Caller:
        """The caller with at most the selected rights; never more than the caller's key gives."""
        if self == EVERYTHING:
            return caller
        return replace(
            caller,
            toolsets=_both(caller.toolsets, self.toolsets),
            tools=_both(caller.tools, self.tools),
            read_only=caller.read_only or self.read_only,
        )


EVERYTHING = Selection()


class UnknownAddress(LookupError):
    """A path below /mcp that selects nothing."""


def groups() -> list[str]:
    """The names of all toolsets that hold at least one tool."""
    return sorted({operation.toolset for operation in REGISTRY.values() if MCP in operation.surfaces})


@lru_cache(maxsize=512)
def select(path: str, toolsets_header: str, tools_header: str, readonly_header: str, query: bytes) -> Selection:
    """The selection of a request to `/mcp`, `/mcp/x/<a,b>`, `/mcp/readonly` or both.

    The path wins over `X-MCP-Toolsets`, which wins over `?toolsets=`.
    Errors: UnknownAddress; VALIDATION_ERROR naming the groups.
    """
    from_path, read_only = _of_path(path)
    text = from_path or toolsets_header or _of_query(query)
    chosen = named(text) if text else None
    tools = _known_tools(tools_header) if tools_header else None
    return Selection(chosen, tools, read_only or readonly_header.strip().lower() in _TRUE)


def named(text: str) -> frozenset[str]:
    """The toolsets of a comma-separated list; VALIDATION_ERROR for a name that no toolset has."""
    chosen = _items(text)
    known = groups()
    if not chosen or not chosen <= set(known):
        raise Failure(Code.VALIDATION_ERROR, f"No such toolset. Toolsets: {', '.join(known)}.", toolsets=known)
    return chosen


def is_selected(operation: Operation, caller: Caller) -> bool:
    """Whether the operation exists for this caller, flags aside. What is not selected answers like an unknown name."""
    return (caller.toolsets is None or operation.toolset in caller.toolsets) and (
        caller.tools is None or operation.name in caller.tools
    )


def is_listed(operation: Operation, caller: Caller) -> bool:
    """Whether tools/list shows the operation: selected, permitted by at least one flag, and no writer for a reader."""
    return (
        MCP in operation.surfaces
        and is_selected(operation, caller)
        and not (operation.writes and caller.read_only)
        and suffice(operation, caller.flags)
    )


def suffice(operation: Operation, flags: frozenset[str]) -> bool:
    """Whether flags suffice for an operation somewhere; where exactly is asked when it is called."""
    if operation.offered is not None:
        return operation.offered(flags)
    return not operation.flags or any(flag in flags for flag in operation.flags)


def _of_path(path: str) -> tuple[str, bool]:
    parts = path.strip("/").split("/")[1:]
    toolsets, read_only = "", False
    while parts:
        if parts[0] == "readonly" and not read_only:
            read_only, parts = True, parts[1:]
        elif parts[0] == "x" and len(parts) > 1 and not toolsets:
            toolsets, parts = parts[1], parts[2:]
        else:
            raise UnknownAddress(path)
    return toolsets, read_only


def _of_query(query: bytes) -> str:
    if b"toolsets=" not in query:
        return ""
    return ",".join(parse_qs(query.decode("latin-1")).get("toolsets", []))


def _known_tools(text: str) -> frozenset[str]:
    chosen = _items(text)
    known = {operation.name for operation in REGISTRY.values() if MCP in operation.surfaces}
    if not chosen or not chosen <= known:
        raise Failure(Code.VALIDATION_ERROR, "X-MCP-Tools names a tool that does not exist.")
    return chosen


def _items(text: str) -> frozenset[str]:
    return frozenset(item.strip() for item in text.split(",") if item.strip())


def _both(left: Iterable[str] | None, right: Iterable[str] | None) -> frozenset[str] | None:
    if left is None or right is None:
        chosen = right if left is None else left
        return None if chosen is None else frozenset(chosen)
    return frozenset(left) & frozenset(right)
