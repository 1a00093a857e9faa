"""Tables and fields for people at a terminal. Every text is made harmless before it is shown."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pulse_project.core.logs_format import printable

GAP: Final = "  "
NOTHING: Final = "-"


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Aligned columns under their headings; numbers to the right, `-` for nothing, `yes` and `no` for truth values."""
    values = [list(row) for row in rows]
    cells = [list(headings), *([shown(value) for value in row] for row in values)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    is_number = [
        bool(values) and all(value is None or _is_number(value) for value in column)
        for column in (zip(*values, strict=True) if values else [()] * len(headings))
    ]
    return "\n".join(_line(row, widths, is_number) for row in cells)


def fields(values: Mapping[str, Any]) -> str:
    """One `name  value` a line."""
    width = max(map(len, values))
    return "\n".join(f"{name:<{width}}{GAP}{shown(value)}" for name, value in values.items())


def shown(value: Any) -> str:
    """A cell: one line that a terminal only prints."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _line(cells: Sequence[str], widths: Sequence[int], is_number: Sequence[bool]) -> str:
    padded = []
    for cell, width, right in zip(cells, widths, is_number, strict=True):
        blanks = " " * (width - _width(cell))
        padded.append(blanks + cell if right else cell + blanks)
    return GAP.join(padded).rstrip()


def _width(text: str) -> int:
    """Columns that a terminal gives to a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def json_text(value: Any) -> str:
    """JSON for people: indented, in their own letters, harmless."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "\n".join(map(printable, text.split("\n")))
