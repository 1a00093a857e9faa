"""Filters of event reads: four equalities, combined with AND, usable in SQL and on a row in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulse_project.core import body
from pulse_project.core.errors import Failure

NAMES = ("type", "agent_id", "task_id", "handoff_id")


@dataclass(frozen=True, slots=True)
class Filters:
    """None means: not filtered. `agent_id` is the actor; `task_id` and `handoff_id` are fields of the payload."""

    type: str | None = None
    agent_id: str | None = None
    task_id: str | None = None
    handoff_id: str | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.type, self.agent_id, self.task_id, self.handoff_id))

    def admit(self, *, type: str, actor: str | None, task_id: str | None, handoff_id: str | None) -> bool:
        """Whether an event with these values passes."""
        pairs = ((self.type, type), (self.agent_id, actor), (self.task_id, task_id), (self.handoff_id, handoff_id))
        return all(wanted is None or wanted == found for wanted, found in pairs)


def parse(value: Any) -> Filters:
    """`None`, an object, or the text of a JSON object. Anything else is a ValueError with a plain sentence."""
    if value is None:
        return Filters()
    if isinstance(value, Filters):
        return value
    if isinstance(value, str):
        value = _object_in(value)
    if not isinstance(value, Mapping):
        raise ValueError("filters takes an object with any of: " + ", ".join(NAMES))
    if any(name not in NAMES for name in value):
        raise ValueError("filters knows only: " + ", ".join(NAMES))
    if any(wanted is not None and (not isinstance(wanted, str) or "\0" in wanted) for wanted in value.values()):
        raise ValueError("each filter takes a text without NUL")
    return Filters(**value)


def _object_in(text: str) -> Any:
    try:
        return body.loads(text)
    except Failure:
        raise ValueError("filters takes an object, or the text of a JSON object") from None
