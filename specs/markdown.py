"""Objects as Markdown: what people wrote stays text, whatever it holds."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
NUMBERED = re.compile(r"^(\s*\d+)([.)])", re.MULTILINE)
LINE_START = re.compile(r"^(\s*)([-+=:])", re.MULTILINE)


def line(text: str) -> str:
    """One line of plain text: no markup of Markdown or HTML in it takes effect."""
    flat = " ".join(text.split())
    return LINE_START.sub(r"\1\\\2", NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\1", flat)))


def fenced(text: str, language: str = "") -> str:
    """A text that may hold Markdown itself, between fences that are longer than any in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def document(value: Any) -> str:
    """A JSON value, readable."""
    return fenced(json.dumps(value, ensure_ascii=False, indent=2), "json")


def section(title: str, body: Iterable[str], level: int = 2) -> list[str]:
    """A heading with its paragraphs; nothing at all when there are none."""
    paragraphs = [paragraph for paragraph in body if paragraph]
    return [f"{'#' * level} {title}", *paragraphs] if paragraphs else []


def facts(values: Mapping[str, Any]) -> str:
    """A list of names and values, without what is empty."""
    shown = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    return "\n".join(f"- **{name}:** {line(_plain(value))}" for name, value in shown.items())


def bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {line(text)}" for text in texts)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs) + "\n"
