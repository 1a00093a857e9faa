"""Identifiers and names that people compare by eye: one spelling, nothing invisible."""

import unicodedata
from typing import Any

from pulse_project.core.errors import Code, Failure

MAX_IDENTIFIER = 128
MAX_CHANNEL = 64
RESERVED = frozenset({"operator", "local", "system", "local-operator", "anonymous"})
RESERVED_PREFIX = "human:"
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def problem_of(text: Any, *, limit: int = MAX_IDENTIFIER) -> str | None:
    """What is wrong with a name, as the end of a sentence ("must ..."), or None."""
    if not isinstance(text, str):
        return "must be text"
    if not 1 <= len(text) <= limit:
        return f"must have 1 to {limit} characters"
    if text.isascii():
        if not text.isprintable():
            return "must hold no control characters"
    elif any(unicodedata.category(character) in HIDDEN for character in text):
        return "must hold no control, format or line-separating characters"
    elif not unicodedata.is_normalized("NFC", text):
        return "must be in Unicode normal form C"
    return "must not begin or end with blanks" if text != text.strip() else None


def checked(text: Any, field: str, *, limit: int = MAX_IDENTIFIER) -> str:
    """The same text; VALIDATION_ERROR naming `field` when it cannot be a name."""
    problem = problem_of(text, limit=limit)
    if problem is not None:
        raise Failure(Code.VALIDATION_ERROR, f"{field} {problem}.", field=field)
    return str(text)


def is_reserved(agent_id: str) -> bool:
    folded = agent_id.casefold()
    return folded in RESERVED or folded.startswith(RESERVED_PREFIX)


def checked_agent_id(agent_id: Any, *, in_path: bool = False) -> str:
    """An id that a new agent may have; `in_path` also refuses `.` and `..`, which no address can carry."""
    text = checked(agent_id, "agent_id")
    if is_reserved(text):
        raise Failure(Code.VALIDATION_ERROR, "agent_id is reserved for people and for Pulse itself.", field="agent_id")
    if in_path and text in {".", ".."}:
        raise Failure(Code.VALIDATION_ERROR, "agent_id must not be a dot or two.", field="agent_id")
    return text
