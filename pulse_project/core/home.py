"""The folder that holds everything of an install: made private, kept private."""

import os
from pathlib import Path

from pulse_project.core.conf import ConfigError, Settings
from pulse_project.core.secret_key import private_home, tighten

PRIVATE_FILES = ("admin-link", "highwater", "nexus.serve.lock", "write.lock")
SQLITE_HEADER = b"SQLite format 3\0"
STATIC_FOLDER = "static"  # where collectstatic writes; whitenoise wants it to exist
PRIVATE_FOLDERS = ("backups", "graphs", "attachments", "workspaces")


def ensure(settings: Settings) -> None:
    """Make the home if it is absent and close it and what it holds to other users.

    Raises ConfigError naming the path when something cannot be made, written or closed.
    """
    home = settings.home_path
    try:
        private_home(settings)
        (home / STATIC_FOLDER).mkdir(exist_ok=True)
        for path in private_paths(settings):
            if path.exists():
                tighten(path)
    except OSError as error:
        raise ConfigError(f"{error.filename or home} cannot be used as the home: {error.strerror}.") from error
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"The home {home} cannot be written. Check its owner, its mode and its disk.")


def private_paths(settings: Settings) -> list[Path]:
    database = settings.sqlite_path
    stores = [database, *(database.with_name(database.name + suffix) for suffix in ("-wal", "-shm"))]
    if not _is_a_store(database):
        stores = []  # a slip such as --db /etc/hosts must not close a file that others need
    return [*stores, *(settings.home_path / name for name in (*PRIVATE_FILES, *PRIVATE_FOLDERS))]


def _is_a_store(path: Path) -> bool:
    """Whether SQLite would take the file for one of its own: absent, empty, or with its header."""
    if not path.is_file():  # opening a fifo would wait for ever
        return not path.exists()
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE_HEADER)) in {b"", SQLITE_HEADER}
    except OSError:
        return False
