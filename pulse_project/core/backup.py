"""The copy of the store that is made before an update changes it."""

import shutil
from pathlib import Path

from django.db import DatabaseError, connection

from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure

KEPT = 3
FOLDER = "backups"
PREFIX = "pre-"


def before_migration(home: Path, version: str) -> Path | None:
    """`{home}/backups/pre-<version>-<time>.sqlite3`, complete and compact; None on PostgreSQL, whose owner has backups.

    MIGRATION_ERROR when the disk has no room for the copy or the copy fails.
    """
    if connection.vendor != "sqlite":
        return None
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _demand_room(folder)
    stamp = clock.now().strftime("%Y%m%dT%H%M%S")
    target = folder / f"{PREFIX}{version}-{stamp}.sqlite3"
    target.unlink(missing_ok=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(target)])
    except DatabaseError as error:
        target.unlink(missing_ok=True)
        raise Failure(
            Code.MIGRATION_ERROR, f"The store could not be copied before the update, so nothing was changed: {error}."
        ) from error
    _forget_old(folder)
    return target


def _demand_room(folder: Path) -> None:
    store = Path(str(connection.settings_dict["NAME"]))
    wal = store.with_name(store.name + "-wal")
    needed = sum(path.stat().st_size for path in (store, wal) if path.exists())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Failure(
            Code.MIGRATION_ERROR,
            f"The update needs {needed >> 20} MiB free in {folder} for a copy of the store; {free >> 20} MiB are free.",
        )


def _forget_old(folder: Path) -> None:
    copies = sorted(folder.glob(f"{PREFIX}*.sqlite3"), key=lambda path: path.stat().st_mtime)
    for path in copies[:-KEPT]:
        path.unlink(missing_ok=True)
