"""What a database error means to a caller: repeat, wait for an operator, or look whether it happened."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection

from pulse_project.core.errors import Code, Failure, busy
from pulse_project.core.sqlite.room import StorageFull
from pulse_project.core.sqlite.syncer import SyncFailed
from pulse_project.core.sqlite.write_lock import WriteLockTimeout, WriteLockUnavailable

_SENTENCES = {
    "storage_full": "The disk is full. Reading goes on; writing needs free space.",
    "read_only": "The store cannot be written. Reading goes on; an operator must look at the disk.",
    "sync_failed": "The disk refused to keep that write. Pulse stops; ask an operator.",
    "deadline": "That call took too long and was stopped.",
    "corrupt": "The store is damaged. Ask an operator to restore a backup.",
    "connection": "The database cannot be reached. Repeat the same call after a short pause.",
    "io_error": "The disk failed. Ask an operator.",
    "rejected": "The database refused that call.",
}
_POSTGRES = {"53100": "storage_full", "25006": "read_only", "57014": "deadline"}
_LOST = frozenset({"57P01", "57P02", "57P03"})  # the server stops, crashes or starts
_GONE = ("SQLITE_CONSTRAINT_FOREIGNKEY", "23503")
_POSTGRES_LOCKS = frozenset({"40001", "40P01", "55P03"})
_SQLITE = (
    ("SQLITE_FULL", "storage_full"), ("SQLITE_READONLY", "read_only"), ("SQLITE_INTERRUPT", "deadline"),
    ("SQLITE_CORRUPT", "corrupt"), ("SQLITE_NOTADB", "corrupt"), ("SQLITE_CANTOPEN", "read_only"),
)  # fmt: skip


class CommitUnknown(OperationalError):
    """The connection broke during COMMIT: the write may or may not have happened."""


def failure_of(error: DatabaseError) -> Failure:
    """DB_ERROR with details `retryable`, `reason` (lock, storage_full, read_only, ...) and `outcome` when unknown."""
    if isinstance(error, CommitUnknown):
        return Failure(
            Code.DB_ERROR,
            "The database was lost during that write. Repeat the call with the same idempotency_key.",
            retryable=False,
            reason="connection",
            outcome="unknown",
        )
    if isinstance(error, SyncFailed):
        return _final("sync_failed", outcome="unknown")
    if isinstance(error, StorageFull):
        return _final("storage_full")
    if isinstance(error, WriteLockTimeout):
        return busy()
    if isinstance(error, WriteLockUnavailable):
        return _final("read_only")
    cause = error.__cause__ if error.__cause__ is not None else error
    if hasattr(cause, "sqlite_errorname"):
        return _of_sqlite(str(cause.sqlite_errorname))
    return _of_postgres(error, getattr(cause, "sqlstate", None))


def _of_sqlite(name: str) -> Failure:
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return busy()
    if name in _GONE:
        return _gone()
    for prefix, reason in _SQLITE:
        if name.startswith(prefix):
            return _final(reason)
    if name.startswith("SQLITE_IOERR"):
        return _final("storage_full" if _out_of_room() else "io_error")
    return _final("rejected")


def _of_postgres(error: DatabaseError, state: str | None) -> Failure:
    if state in _POSTGRES_LOCKS:
        return busy()
    if state in _GONE:
        return _gone()
    if state in _POSTGRES:
        return _final(_POSTGRES[state])
    if isinstance(error, InterfaceError | OperationalError) and (state is None or state[:2] in {"08", "57", "53"}):
        return Failure(
            Code.DB_ERROR, _SENTENCES["connection"], retryable=True, reason="connection", retry_after_seconds=1
        )
    return _final("rejected")


def _gone() -> Failure:
    """Somebody deleted what the call refers to after it had looked, as a reset of the bus does."""
    return Failure(
        Code.DB_ERROR,
        "What that call refers to was deleted meanwhile. Repeat the same call after a short pause.",
        retryable=True,
        reason="deleted",
        retry_after_seconds=1,
    )


def _final(reason: str, **details: Any) -> Failure:
    return Failure(Code.DB_ERROR, _SENTENCES[reason], retryable=False, reason=reason, **details)


def _out_of_room() -> bool:
    """SQLite reports a file-size limit and some full disks as I/O errors; this tells them from a broken disk."""
    if resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
        return True
    store = getattr(connection, "store", None)
    if store is None:
        return False
    state = os.statvfs(os.path.dirname(store.path))
    return state.f_bavail * state.f_frsize < 1 << 20


def is_undone(error: DatabaseError) -> bool:
    """Whether PostgreSQL gave the transaction up or was lost before COMMIT: it may run again.

    It gives up after a deadlock, a conflict, and when another transaction was first with the same unique row.
    """
    if connection.vendor != "postgresql" or isinstance(error, CommitUnknown):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state in {"40001", "40P01", "23505"} or state in _LOST or _is_broken()


def _is_broken() -> bool:
    raw: Any = connection.connection
    return raw is None or bool(raw.closed)


def renew_connections() -> None:
    """After a lost connection: give this one up and throw out the others of the pool that died with it."""
    if connection.vendor == "postgresql":
        pool: Any = getattr(connection, "pool", None)
        was_broken = _is_broken()
        connection.close()
        if pool is not None and was_broken:
            pool.check()


@contextmanager
def lost_in_commit() -> Iterator[None]:
    """Around COMMIT: a connection that breaks there leaves the outcome open."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        state = getattr(error.__cause__, "sqlstate", None)
        if connection.vendor == "postgresql" and (state is None or state in _LOST):
            raise CommitUnknown(str(error)) from error
        raise
