"""Which migrations the code has and the store knows, and the one safe way to apply the difference."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory

from pulse_project.core.errors import Code, Failure

Names = frozenset[tuple[str, str]]
ADVISORY_LOCK = 0x50554C5345  # "PULSE": one migrator at a time on PostgreSQL
LOCK_FILE = "migrate.lock"
FOREIGN_TABLES = {"schema_migrations", "events"}


@dataclass(frozen=True)
class Plan:
    """The difference between code and store."""

    pending: Names
    is_empty: bool  # the store holds no table of ours yet


def is_current() -> bool:
    """Whether the store is exactly what this code expects. File names are compared, no migration is imported."""
    applied, available = _applied(_tables()), on_disk()
    return available <= applied and not _unknown(applied, available)


def plan() -> Plan:
    """What is to be done; asked while nobody else migrates.

    CONFIG_ERROR for a database of another program, MIGRATION_ERROR for a store that a newer Pulse has written.
    """
    tables = _tables()
    applied = _applied(tables)
    _refuse_foreign(tables, applied)
    available = on_disk()
    unknown = _unknown(applied, available)
    if unknown:
        raise Failure(
            Code.MIGRATION_ERROR,
            f"The store was written by a newer Pulse ({unknown[-1]}). Nothing was changed. Start that version, "
            "or restore a copy that this version made.",
        )
    return Plan(available - applied, is_empty=not applied)


def on_disk() -> Names:
    """Every migration of every installed app, as (label, name)."""
    return frozenset(
        (config.label, path.stem)
        for config in apps.get_app_configs()
        for path in (Path(config.path) / "migrations").glob("[0-9]*.py")
    )


def _tables() -> frozenset[str]:
    return frozenset(connection.introspection.table_names())


def _unknown(applied: Names, available: Names) -> list[str]:
    """Recorded migrations of our apps that this code does not have."""
    known = {label for label, _ in available}
    return sorted(f"{label}.{name}" for label, name in applied - available if label in known)


def _applied(tables: frozenset[str]) -> Names:
    if "django_migrations" not in tables:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return frozenset(cursor.fetchall())


def _refuse_foreign(tables: frozenset[str], applied: Names) -> None:
    ours = any(label == "core" for label, _ in applied)
    is_foreign = bool(applied) if "django_migrations" in tables else bool(_unexpected(tables))
    if is_foreign and not ours:
        raise Failure(
            Code.CONFIG_ERROR,
            "The database belongs to another program. Nothing was changed. Choose another db_path or DATABASE_URL.",
        )


def _unexpected(tables: frozenset[str]) -> frozenset[str]:
    """Tables that no extension brings. On PostgreSQL extensions add tables of their own to an empty database."""
    return tables if connection.vendor == "sqlite" else tables & FOREIGN_TABLES


@contextmanager
def migrator_lock(home: Path) -> Iterator[None]:
    """One migrator at a time: the second waits, and finds nothing left to do."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
        return
    descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def apply(backup: Path | None) -> None:
    """Apply what is pending. MIGRATION_ERROR names the cause and, where there is one, how to restore the copy."""
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except (DatabaseError, BadMigrationError, InconsistentMigrationHistory, ValueError, RuntimeError) as error:
        raise Failure(
            Code.MIGRATION_ERROR, f"The store could not be updated: {error}.{_restore_hint(backup)}"
        ) from error


def _restore_hint(backup: Path | None) -> str:
    if backup is None:
        return ""
    store = connection.settings_dict["NAME"]
    return f" Restore the copy made before: rm -f {store}-wal {store}-shm && cp {backup} {store}"
