"""The vendored browser files are those of the table: checked by `manage.py check` and before `collectstatic`."""

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

TABLE = "VENDOR.toml"


def folder() -> Path:
    return Path(settings.STATICFILES_DIRS[0]) / "vendor"


def problems(vendor: Path) -> list[str]:
    """One sentence per file that is missing, changed or not in the table."""
    rows = tomllib.loads((vendor / TABLE).read_text(encoding="utf-8"))["package"]
    found = [f"{row['file']} {trouble}" for row in rows if (trouble := _trouble(vendor / row["file"], row["sha256"]))]
    expected = (
        {vendor / TABLE}
        | {vendor / row["file"] for row in rows}
        | {(vendor / row["file"]).parent / "LICENSE" for row in rows}
    )
    strangers = [path for path in vendor.rglob("*") if path.is_file() and path not in expected]
    return found + [f"{path.relative_to(vendor)} is not in {TABLE}" for path in sorted(strangers)]


def _trouble(path: Path, expected: str) -> str:
    if not path.is_file():
        return "is missing"
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        return "is not the recorded file"
    if not (path.parent / "LICENSE").is_file():
        return "has no licence text beside it"
    return ""


@register(Tags.staticfiles)
def check_vendored_files(**_: Any) -> Sequence[CheckMessage]:
    return [Error(sentence, hint="Run scripts/vendor.py.", id="pulse.E101") for sentence in problems(folder())]
