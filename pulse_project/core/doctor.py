"""What is in force on this machine, and what deserves a look: the report of `pulse doctor`."""

import os
import shutil
import sqlite3
import stat
import sys
from pathlib import Path
from typing import Any, TypedDict

import django

from pulse_project.core import banner, conf, lock
from pulse_project.core.binding import Binding
from pulse_project.core.boot import is_loopback
from pulse_project.core.health import WAL_RESET_FIXED
from pulse_project.core.home import private_paths
from pulse_project.core.version import version

MASK = "(set)"


class Report(TypedDict):
    """The report as `doctor --json` prints it."""

    version: str
    python: str
    django: str
    sqlite: str
    store: str
    server: dict[str, int] | None
    loopback_trust: str
    other_users: list[str]
    settings: dict[str, dict[str, Any]]
    warnings: list[str]


def examine() -> Report:
    """Look at the install without changing it."""
    settings = conf.current()
    holder = lock.holder_of(settings.home_path)
    return {
        "version": version(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "django": django.__version__,
        "sqlite": sqlite3.sqlite_version,
        "store": "postgresql" if settings.database_url else str(settings.sqlite_path),
        "server": {"pid": holder.pid, "port": holder.port} if holder else None,
        "loopback_trust": banner.effective_trust(settings) if is_loopback(settings.host) else "off",
        "other_users": banner.other_people(),
        "settings": _settings(),
        "warnings": _warnings(settings),
    }


def _settings() -> dict[str, dict[str, Any]]:
    resolved = conf.resolved()
    report = {}
    for name, setting in conf.DECLARED.items():
        value = getattr(resolved.settings, name)
        shown = (MASK if value else "") if setting.secret else value
        report[name] = {"value": shown, "source": resolved.sources[name]}
    return report


def _warnings(settings: conf.Settings) -> list[str]:
    bound = Binding(hosts=(settings.host,), port=settings.port, uds=settings.uds)
    return [*banner.notes(settings, bound), *_sqlite_notes(settings), *_open_paths(settings), *_disk_notes(settings)]


def _sqlite_notes(settings: conf.Settings) -> list[str]:
    if settings.database_url or sqlite3.sqlite_version_info >= WAL_RESET_FIXED:
        return []
    return [
        f"SQLite {sqlite3.sqlite_version} is older than 3.51.3 and has the WAL-reset fault. Pulse works around it: "
        "only the holder of the write lock makes checkpoints. Do not write to the store with other programs."
    ]


def _open_paths(settings: conf.Settings) -> list[str]:
    return [
        f"{path} is open to other users. Run: chmod go-rwx {path}"
        for path in (settings.home_path, *private_paths(settings))
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def _disk_notes(settings: conf.Settings) -> list[str]:
    home = _existing(settings.home_path)
    free = shutil.disk_usage(home).free >> 20
    notes = []
    if free < settings.min_free_mib:
        notes.append(f"{free} MiB are free on the disk of {home}; writes need {settings.min_free_mib} MiB.")
    if not os.access(home, os.W_OK):
        notes.append(f"{home} cannot be written.")
    return notes


def _existing(path: Path) -> Path:
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())
