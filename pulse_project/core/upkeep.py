"""The thread that keeps a SQLite store in shape beside a running server: background sync, checkpoints, marks."""

import logging
import os
import sqlite3
import threading
import time

from django.db import DatabaseError, connection
from django.db.utils import OperationalError

from pulse_project.core import durability, store_marks
from pulse_project.core.sqlite import checkpoint
from pulse_project.core.sqlite.files import Store, store_at
from pulse_project.core.sqlite.syncer import FORCE, SyncFailed
from pulse_project.core.sqlite.write_lock import WriteLockTimeout

logger = logging.getLogger("pulse.store")

SYNC_SECONDS = 1.0
IDLE_SECONDS = 5.0
MARK_SECONDS = 5.0
LOCK_WAIT_SECONDS = 2.0
LAST_WORDS_SECONDS = 1.0  # answers and /readyz still say why
WARN_WAL_BYTES = 256 << 20


class Upkeep:
    """One per process and store. `nudge` is called by commits when a checkpoint is due."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._due = threading.Event()
        self._ended = threading.Event()
        self._seen_commit = 0
        self._quiet_since = time.monotonic()
        self._marked = time.monotonic()
        self._marked_heads: dict[str, int] = {}
        self._warned = False
        self._thread = threading.Thread(target=self._run, name="pulse-upkeep", daemon=True)

    def start(self) -> None:
        self._store.upkeep = self._due.set
        self._store.syncer.on_failure = self._due.set
        self._thread.start()
        durability.sync_in_background(True)

    def stop(self) -> None:
        durability.sync_in_background(False)
        self._store.upkeep = None
        self._ended.set()
        self._due.set()

    def sync(self) -> None:
        """Return when everything committed survives a power loss; raises SyncFailed."""
        self._store.syncer.sync(FORCE)

    def _run(self) -> None:
        raw = sqlite3.connect(self._store.path, timeout=0, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA wal_autocheckpoint = 0")
        raw.execute("PRAGMA synchronous = NORMAL")
        while not self._ended.is_set():
            self._due.wait(SYNC_SECONDS)
            self._due.clear()
            try:
                self._look(raw)
            except SyncFailed as failure:
                _end_process(failure)
            except (DatabaseError, OSError) as error:
                logger.warning("the store could not be kept in shape: %s", error)
        connection.close()
        with self._store.lock.held(LOCK_WAIT_SECONDS):  # closing the last connection of all checkpoints
            raw.close()

    def _look(self, raw: sqlite3.Connection) -> None:
        syncer, now = self._store.syncer, time.monotonic()
        if syncer.failure is not None:
            raise syncer.failure
        syncer.sync(syncer.committed)
        if syncer.committed != self._seen_commit:
            self._seen_commit, self._quiet_since = syncer.committed, now
        if self._store.is_checkpoint_due:
            self._checkpoint(raw)
        elif now - self._quiet_since >= IDLE_SECONDS and checkpoint.wal_bytes(self._store.path):
            self._truncate(raw)
        self._mark()
        self._warn()

    def _checkpoint(self, raw: sqlite3.Connection) -> None:
        try:
            with self._store.lock.held(LOCK_WAIT_SECONDS):
                self._store.begin_checkpoint()
                checkpoint.passive(raw)
        except WriteLockTimeout:
            self._due.set()

    def _truncate(self, raw: sqlite3.Connection) -> None:
        try:
            with self._store.lock.held(0):
                if checkpoint.truncate(raw):
                    self._store.begin_checkpoint()
        except WriteLockTimeout:
            return
        self._quiet_since = time.monotonic()

    def _mark(self) -> None:
        """Remember heads that moved, once they are on the disk: what other processes committed is synced first."""
        if time.monotonic() - self._marked < MARK_SECONDS:
            return
        self._marked = time.monotonic()
        heads = store_marks.heads()
        if heads != self._marked_heads:
            self._store.syncer.sync(FORCE)
            store_marks.record()
            self._marked_heads = heads

    def _warn(self) -> None:
        size = checkpoint.wal_bytes(self._store.path)
        if size > WARN_WAL_BYTES and not self._warned:
            logger.warning("the write-ahead log has grown to %d MiB: a long read keeps it", size >> 20)
        self._warned = size > WARN_WAL_BYTES


def _end_process(failure: SyncFailed) -> None:
    """A failed sync is never retried: the kernel may have dropped what it could not write. A supervisor starts anew."""
    logger.critical("Pulse stops: %s. Acknowledged writes are safe; look at the disk, then start again.", failure)
    time.sleep(LAST_WORDS_SECONDS)
    os._exit(1)


_upkeep: Upkeep | None = None


def start() -> None:
    """Begin in the serving process; on PostgreSQL there is nothing to keep."""
    global _upkeep
    if connection.vendor == "sqlite" and _upkeep is None:
        _upkeep = Upkeep(store_at(str(connection.settings_dict["NAME"])))
        _upkeep.start()


def stop() -> None:
    """End the thread and write the marks a last time."""
    global _upkeep
    keeper, _upkeep = _upkeep, None
    if keeper is not None:
        keeper.stop()
    try:
        if keeper is not None:
            keeper.sync()
        store_marks.record(is_closed=True)
    except (OperationalError, OSError) as error:
        logger.warning("the store's marks could not be written: %s", error)
