"""What callers are told about database errors."""

import sqlite3
from types import SimpleNamespace

import pytest
from django.db import DataError, OperationalError

from pulse_project.core import db, db_failures
from pulse_project.core.errors import Code
from pulse_project.core.sqlite.room import Room, StorageFull
from pulse_project.core.sqlite.syncer import SyncFailed
from pulse_project.core.sqlite.write_lock import WriteLockTimeout


def sqlite_error(name: str) -> OperationalError:
    cause = sqlite3.OperationalError(name)
    cause.sqlite_errorname = name
    error = OperationalError(name)
    error.__cause__ = cause
    return error


def postgres_error(state: str | None) -> OperationalError:
    cause = Exception("server says no")
    cause.sqlstate = state
    error = OperationalError("server says no")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason", "retryable"),
    [
        (WriteLockTimeout("locked"), "lock", True),
        (sqlite_error("SQLITE_BUSY_SNAPSHOT"), "lock", True),
        (sqlite_error("SQLITE_FULL"), "storage_full", False),
        (StorageFull("low"), "storage_full", False),
        (sqlite_error("SQLITE_READONLY_DBMOVED"), "read_only", False),
        (sqlite_error("SQLITE_INTERRUPT"), "deadline", False),
        (sqlite_error("SQLITE_CORRUPT_INDEX"), "corrupt", False),
        (sqlite_error("SQLITE_ERROR"), "rejected", False),
        (SyncFailed("EIO"), "sync_failed", False),
        (postgres_error("40P01"), "lock", True),
        (postgres_error("53100"), "storage_full", False),
        (postgres_error("25006"), "read_only", False),
        (postgres_error("57014"), "deadline", False),
        (postgres_error("57P01"), "connection", True),
        (postgres_error(None), "connection", True),
        (DataError("integer out of range"), "rejected", False),
    ],
)
def test_every_error_has_a_reason_and_says_whether_to_repeat(error, reason, retryable):
    failure = db.failure_of(error)
    assert failure.code is Code.DB_ERROR
    assert (failure.details["reason"], failure.details["retryable"]) == (reason, retryable)


@pytest.mark.parametrize("error", [db.CommitUnknown("gone"), SyncFailed("EIO")])
def test_a_write_that_may_have_happened_says_so(error):
    assert db.failure_of(error).details["outcome"] == "unknown"


def test_only_what_postgresql_gave_up_may_run_again(monkeypatch):
    monkeypatch.setattr(
        db_failures, "connection", SimpleNamespace(vendor="postgresql", connection=SimpleNamespace(closed=False))
    )
    assert db_failures.is_undone(postgres_error("40P01"))
    assert not db_failures.is_undone(postgres_error("53100"))
    assert not db_failures.is_undone(db.CommitUnknown("gone"))


def test_room_is_looked_at_once_a_second(tmp_path, monkeypatch):
    looks = []
    room = Room(str(tmp_path))
    monkeypatch.setattr(room, "_free_mib", lambda: looks.append(1) or 10**6)
    room.demand()
    room.demand()
    assert looks == [1]


def test_writes_are_refused_below_the_reserve(tmp_path, monkeypatch):
    room = Room(str(tmp_path))
    monkeypatch.setattr(room, "_free_mib", lambda: -1)
    with pytest.raises(StorageFull):
        room.demand()
