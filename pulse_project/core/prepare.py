"""What must be true of home and store before anything is served: private, ours, of this version, verified."""

import logging
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal
from django.db import DatabaseError, connection

from pulse_project.core import backup, conf, db, lifecycle, lock, migrating, settings_store, store_marks
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import StoreMark
from pulse_project.core.version import version

logger = logging.getLogger("pulse.prepare")

VERSION_MARK = "prepared_by"


@dataclass(frozen=True)
class Prepared:
    """What preparing found and did."""

    is_new: bool
    migrated: bool
    copy: Path | None = None


def prepare(*, serving: bool = False) -> Prepared:
    """Bring the store to this version and check it: every process that uses the store calls this first.

    With `serving`, the caller holds the server's lock, and what apps do at a server's start is done as well.
    Errors: CONFIG_ERROR, MIGRATION_ERROR, DB_ERROR; nothing is changed then.
    """
    settings = conf.current()
    try:
        _check_place(settings)
        done = _migrate(settings, serving=serving)
        _refresh_declared_rows()
        settings_store.reload()
        store_marks.verify_store()
    except DatabaseError as error:
        raise _unusable(error, settings) from error
    finally:
        if connection.vendor == "postgresql":
            connection.close()
    if serving:
        _remember_heads()
        lifecycle.run_start_hooks()
    return done


def _remember_heads() -> None:
    """From the first moment on a server's numbers are known outside the store, should an older copy replace it."""
    try:
        store_marks.record()
    except OSError as error:
        logger.warning("the store's marks could not be written: %s", error)


def _check_place(settings: conf.Settings) -> None:
    if connection.vendor != "sqlite":
        return
    database = settings.sqlite_path
    if not database.parent.is_dir():
        raise Failure(Code.CONFIG_ERROR, f"The folder {database.parent} of db_path does not exist.")
    lock.refuse_network_file_system(database.parent)


def _migrate(settings: conf.Settings, *, serving: bool) -> Prepared:
    if migrating.is_current():
        return Prepared(is_new=False, migrated=False)
    with migrating.migrator_lock(settings.home_path):
        plan = migrating.plan()
        if not plan.pending:
            return Prepared(is_new=False, migrated=False)
        _refuse_under_a_server(settings, serving=serving)
        copy = None if plan.is_empty else backup.before_migration(settings.home_path, version())
        migrating.apply(copy)
    _mark_version()
    return Prepared(is_new=plan.is_empty, migrated=True, copy=copy)


def _refuse_under_a_server(settings: conf.Settings, *, serving: bool) -> None:
    holder = None if serving or connection.vendor != "sqlite" else lock.holder_of(settings.home_path)
    if holder is not None:
        raise Failure(
            Code.MIGRATION_ERROR,
            f"The store needs an update, but a server runs on it (process {holder.pid}, port {holder.port}). "
            "Stop that server first.",
        )


def _refresh_declared_rows() -> None:
    """Built-in presets and groups follow the code: written again at the first start of another version."""
    mark = StoreMark.objects.filter(name=VERSION_MARK).values_list("value", flat=True).first()
    if mark == version():
        return
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default", plan=[], apps=apps)
    _mark_version()


def _mark_version() -> None:
    with db.write_tx():
        StoreMark.objects.update_or_create(name=VERSION_MARK, defaults={"value": version()})


def _unusable(error: DatabaseError, settings: conf.Settings) -> Failure:
    text = str(error)
    if "not a database" in text:
        return Failure(Code.CONFIG_ERROR, f"{settings.sqlite_path} is no SQLite database. Choose another db_path.")
    if "unable to open" in text or "readonly" in text:
        return Failure(Code.CONFIG_ERROR, f"{settings.sqlite_path} cannot be opened for writing. Check owner and disk.")
    return db.failure_of(error)
