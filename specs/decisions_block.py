"""Decisions that were written as a list below a heading `## Decisions`: finding them, and the text without them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEADING = re.compile(r"##\s+decisions\s*#*\s*\Z", re.IGNORECASE)
NEXT = re.compile(r"#{1,2}\s")
BULLET = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s+(?=\S)")
FENCE = re.compile(r"\s{0,3}(```|~~~)")
MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class Block:
    """The bullets of a text, each as one line, and what is left of the text."""

    bullets: tuple[str, ...]
    rest: str


def parse(text: str) -> Block | None:
    """The list below the first heading `## Decisions`, which reaches to the next heading; None without a bullet.

    Lines that continue a bullet belong to it. Other text of the section stays, with the heading.
    """
    lines = text.splitlines()
    span = _section(lines)
    if span is None:
        return None
    start, end = span
    bullets, prose = _split(lines[start + 1 : end])
    if not bullets:
        return None
    kept = [lines[start], *prose] if any(line.strip() for line in prose) else []
    rest = "\n".join([*lines[:start], *kept, *lines[end:]])
    return Block(tuple(bullets), re.sub(r"\n{3,}", "\n\n", rest).strip("\n"))


def title_of(bullet: str) -> str:
    """A title of at most 200 characters."""
    return bullet if len(bullet) <= MAX_TITLE else bullet[: MAX_TITLE - 1].rstrip() + "…"


def _outside_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    fence = ""
    for place, line in enumerate(lines):
        mark = FENCE.match(line)
        if mark and fence in {"", mark[1]}:
            fence = "" if fence else mark[1]
        elif not fence:
            yield place, line


def _section(lines: Sequence[str]) -> tuple[int, int] | None:
    start = None
    for place, line in _outside_fences(lines):
        if start is None:
            start = place if HEADING.match(line.strip()) else None
        elif NEXT.match(line):
            return start, place
    return None if start is None else (start, len(lines))


def _split(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The bullets, and the lines that belong to none."""
    bullets: list[str] = []
    prose: list[str] = []
    open_bullet = False
    for line in lines:
        mark = BULLET.match(line)
        if mark:
            bullets.append(line[mark.end() :].strip())
            open_bullet = True
        elif open_bullet and line.strip() and line[0].isspace():
            bullets[-1] = f"{bullets[-1]} {line.strip()}"
        else:
            open_bullet = open_bullet and not line.strip()
            prose.append(line)
    return bullets, prose
