"""The folder that holds everything of an install: made private, kept private."""

import os
import stat
from pathlib import Path

from pulse_project.core.conf import ConfigError, Settings

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
SECRET_FILES = ("secret_key", "admin-link", "highwater", "nexus.serve.lock")


def ensure(settings: Settings) -> None:
    """Make the home if it is absent and close it to other users.

    Raises ConfigError naming the path when it cannot be made, written or closed.
    """
    home = settings.home_path
    try:
        home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"The home {home} cannot be made: {error.strerror}.") from error
    _close(home, PRIVATE_FOLDER)
    for name in SECRET_FILES:
        _close(home / name, PRIVATE_FILE)
    _close(settings.sqlite_path, PRIVATE_FILE)
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"The home {home} cannot be written. Check its owner, its mode and whether its disk is read-only.")


def _close(path: Path, mode: int) -> None:
    """Take the rights of group and others from `path` when they have any."""
    try:
        current = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if not current & 0o077:
        return
    try:
        path.chmod(mode)
    except OSError as error:
        raise ConfigError(f"{path} is open to other users and cannot be closed: {error.strerror}.") from error
