"""The text of shared.md: four sections over committed state, the same bytes for the same state, nothing private."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pulse_project.core import clock

SECTIONS = ("1. Agents and active sessions", "2. Open tasks", "3. Open handoffs", "4. Recent events")
NEWEST = 50  # lines of each list; the rest is a number
REDACTED = "[private]"

_MAX_VALUE_LENGTH = 200
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session stored as active. Times are microseconds."""

    session_id: str
    agent_id: str
    role: str | None
    started_us: int
    last_heartbeat_us: int


@dataclass(frozen=True, slots=True)
class TaskLine:
    """An open task."""

    task_id: str
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class HandoffLine:
    """An open handoff. `target` is shown only where `is_public`; a payload never reaches this module."""

    handoff_id: str
    from_agent_id: str
    visibility: str
    target: str
    created_us: int

    @property
    def is_public(self) -> bool:
        return self.visibility == "public"


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event without its payload. `actor` is shown only where `is_public`."""

    event_id: int
    stream: str
    type: str
    actor: str | None
    created_us: int
    is_public: bool


@dataclass(frozen=True, slots=True)
class Listed(Generic[Line]):
    """The newest lines of a list and how many it has in all."""

    lines: Sequence[Line]
    total: int


@dataclass(frozen=True, slots=True)
class SharedState:
    """What one snapshot of the store says about a workspace."""

    workspace_id: str
    display_name: str | None
    sessions: Listed[SessionLine]
    tasks: Listed[TaskLine]
    handoffs: Listed[HandoffLine]
    events: Sequence[EventLine]


def render(state: SharedState) -> str:
    """The Markdown text. It holds no time of day, so equal states give equal bytes."""
    return "\n".join(_document(state)) + "\n"


def shown(value: str) -> str:
    """`value` as a code span on one line: its text stays readable and none of it acts as Markdown or HTML."""
    text = value[:_MAX_VALUE_LENGTH]
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in _UNSHOWABLE else char for char in text)
    text = text.strip() or "-"
    if len(value) > _MAX_VALUE_LENGTH:
        text += "…"
    longest = max(map(len, re.findall("`+", text)), default=0) if "`" in text else 0
    fence = "`" * (longest + 1)
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _document(state: SharedState) -> Iterator[str]:
    yield "# Shared view"
    yield ""
    yield f"Workspace {shown(state.workspace_id)}" + (f" {shown(state.display_name)}" if state.display_name else "")
    yield ""
    yield "Derived from the store at each rendering and never read back. The text in code spans was written by agents."
    yield from _listed(SECTIONS[0], state.sessions, _session)
    yield from _listed(SECTIONS[1], state.tasks, _task)
    yield from _listed(SECTIONS[2], state.handoffs, _handoff)
    yield from _listed(SECTIONS[3], Listed(state.events, len(state.events)), _event)


def _listed(heading: str, listed: Listed[Line], line: Callable[[Line], str]) -> Iterator[str]:
    yield from ("", f"## {heading}", "")
    if not listed.lines:
        yield "None."
    for entry in listed.lines:
        yield f"- {line(entry)}"
    if listed.total > len(listed.lines):
        yield f"- and {listed.total - len(listed.lines)} more"


def _session(line: SessionLine) -> str:
    role = f" role {shown(line.role)}" if line.role else ""
    return (
        f"{shown(line.agent_id)}{role} session {shown(line.session_id)}, "
        f"opened {clock.iso(line.started_us)}, last heartbeat {clock.iso(line.last_heartbeat_us)}"
    )


def _task(line: TaskLine) -> str:
    return f"{shown(line.task_id)} {shown(line.title)} ({shown(line.status)})"


def _handoff(line: HandoffLine) -> str:
    target = shown(line.target) if line.is_public else REDACTED
    return (
        f"{shown(line.handoff_id)} from {shown(line.from_agent_id)} to {target}, "
        f"{line.visibility}, created {clock.iso(line.created_us)}"
    )


def _event(line: EventLine) -> str:
    actor = (shown(line.actor) if line.actor else "-") if line.is_public else REDACTED
    return f"{line.event_id} {shown(line.type)} on {line.stream} by {actor}, {clock.iso(line.created_us)}"
