"""The opaque cursor of a topic: `n123`, `d45`, or both for a topic that follows two logs (`n123d45`)."""

import re

from pulse_project.core.tail.entries import Letter

Cursors = dict[Letter, int]
_PART = re.compile(r"([nd])(0|[1-9][0-9]{0,17})")
MAX_LENGTH = 40


def text_of(cursors: Cursors) -> str:
    return "".join(f"{letter}{seq}" for letter, seq in cursors.items())


def parse(text: str) -> Cursors:
    """The numbers of a cursor by log. Raises ValueError for anything that Pulse did not hand out."""
    if not text or len(text) > MAX_LENGTH:
        raise ValueError("a cursor is 1 to 40 characters")
    found: Cursors = {}
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or part[1] in found:
            raise ValueError("not a cursor of Pulse")
        found["n" if part[1] == "n" else "d"] = int(part[2])
        at = part.end()
    return found
