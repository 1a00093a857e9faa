"""The version of Pulse: the first one that the changelog names."""

import re
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_HEADING = re.compile(r"^## (\d+\.\d+\.\d+)", re.MULTILINE)


@cache
def version() -> str:
    """`MAJOR.MINOR.PATCH`. The changelog lies inside the package in a wheel and beside it in a checkout."""
    inside = _PACKAGE / "CHANGELOG.md"
    changelog = inside if inside.is_file() else _PACKAGE.parent / "CHANGELOG.md"
    found = _HEADING.search(changelog.read_text(encoding="utf-8"))
    return found.group(1) if found else "0.0.0"
