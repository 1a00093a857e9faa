"""The DatabaseWrapper: takes the write lock at BEGIN, so every `atomic()` anywhere obeys one order."""

import atexit
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from pulse_project.core import durability
from pulse_project.core.sqlite import checkpoint
from pulse_project.core.sqlite.files import Store, store_at
from pulse_project.core.sqlite.syncer import GROUPS

PRAGMAS = (
    f"PRAGMA synchronous = {'NORMAL' if GROUPS else 'FULL'}",
    "PRAGMA fullfsync = ON",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA cache_size = -20000",
    "PRAGMA mmap_size = 134217728",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 27103364",
)
READS = frozenset({"SELECT", "PRAGMA", "EXPLAI", "SAVEPO", "RELEAS", "ROLLBA", "WITH", "VALUES", "BEGIN"})
CLOSE_WAIT_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that writes only while it holds the lock of its database file."""

    store: Store | None = None
    holds_lock = False
    begins_deferred = False
    _closes_at_exit = False
    busy_seconds = 5.0
    _seen_changes = 0

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params.setdefault("cached_statements", 512)
        self.busy_seconds = float(params.get("timeout", 5.0))
        self.store = None if self.is_in_memory_db() else store_at(str(params["database"]))
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        self._seen_changes = 0
        if self.store is not None:
            self._close_at_exit()
            durability.bind(self.store.syncer)
            if (
                connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal"
            ):  # setting it again needs a writable file
                connection.execute("PRAGMA journal_mode = WAL")
            for pragma in PRAGMAS:
                connection.execute(pragma)
        return connection

    def _close_at_exit(self) -> None:
        """A command ends without closing; the interpreter would close without the lock."""
        if threading.current_thread() is threading.main_thread() and not self._closes_at_exit:
            self._closes_at_exit = True
            atexit.register(self.close)

    def create_cursor(self, name: str | None = None) -> "Cursor":
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.wrapper = self
        return cursor

    def take_lock(self) -> None:
        if self.store is not None:
            if self.store.syncer.failure is not None:
                raise self.store.syncer.failure
            self.store.lock.acquire(self.busy_seconds)
            self.holds_lock = True

    def drop_lock(self) -> None:
        if self.holds_lock and self.store is not None:
            self.holds_lock = False
            self.store.lock.release()

    def _start_transaction_under_autocommit(self) -> None:
        if self.begins_deferred:
            self.connection.execute("BEGIN DEFERRED")
            return
        self.take_lock()
        try:
            with self.wrap_database_errors:
                self.connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self.drop_lock()
            raise

    def _commit(self) -> None:
        if self.connection is None:
            return
        with self.wrap_database_errors:
            if self.connection.in_transaction:
                self.connection.execute("COMMIT")  # `commit()` would parse it anew each time
        if self.holds_lock and self.store is not None:
            self.end_commit(self.store)

    def end_commit(self, store: Store) -> None:
        """Count the commit, checkpoint if it is time and nobody else does, free the lock, see to durability."""
        ticket = store.syncer.commit_made()
        total = self.connection.total_changes
        store.changed_rows += total - self._seen_changes
        self._seen_changes = total
        if store.is_checkpoint_due:
            if store.upkeep is not None:
                store.upkeep()
            else:
                store.begin_checkpoint()
                checkpoint.passive(self.connection)
        self.drop_lock()
        durability.settle(ticket)

    def _rollback(self) -> None:
        try:
            if self.connection is not None:
                with self.wrap_database_errors:
                    self.connection.rollback()
        finally:
            if self.holds_lock and self.store is not None:
                self.store.syncer.rolled_back()
                self.drop_lock()

    def _close(self) -> None:
        """Close under the lock: the last connection of all checkpoints while it closes."""
        if self.connection is None:
            return
        if self.store is not None and not self.holds_lock:
            try:
                self.store.lock.acquire(CLOSE_WAIT_SECONDS)
                self.holds_lock = True
            except OperationalError:
                pass  # whoever holds the lock has a connection open; a read-only store has no checkpoints
        try:
            with self.wrap_database_errors:
                self._copy_large_log()
                self.connection.close()
        finally:
            if self.holds_lock and self.store is not None:
                self.store.syncer.rolled_back()
                self.drop_lock()

    def _copy_large_log(self) -> None:
        """Many short processes would otherwise never checkpoint."""
        may_copy = self.holds_lock and not self.connection.in_transaction
        if may_copy and self.store is not None and checkpoint.is_large(self.store.path):
            checkpoint.passive(self.connection)


class Cursor(base.SQLiteCursorWrapper):
    """Runs a write outside a transaction as a transaction of its own, so that it takes the lock as well."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> "Cursor":
        if self.connection.in_transaction or self.wrapper.store is None or query.lstrip()[:6].upper().strip() in READS:
            super().execute(query, params)
        else:
            self._alone(self.wrapper.store, lambda: super(Cursor, self).execute(query, params), query)
        return self

    def executemany(self, query: str, param_list: Iterable[Any]) -> "Cursor":
        if self.connection.in_transaction or self.wrapper.store is None:
            super().executemany(query, param_list)
        else:
            self._alone(self.wrapper.store, lambda: super(Cursor, self).executemany(query, param_list), query)
        return self

    def _alone(self, store: Store, run: Callable[[], Any], query: str) -> None:
        wrapper = self.wrapper
        wrapper.take_lock()
        try:
            if query.lstrip()[:6].upper() == "VACUUM":
                run()
            else:
                self._in_transaction(run)
        except BaseException:
            wrapper.drop_lock()
            raise
        wrapper.end_commit(store)

    def _in_transaction(self, run: Callable[[], Any]) -> None:
        """A pending statement forbids COMMIT: returned rows are read before and handed out by a second statement."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            run()
            rows = self.fetchall() if self.description else []
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if rows:
            places = ",".join(["(" + ",".join("?" * len(rows[0])) + ")"] * len(rows))
            sqlite3.Cursor.execute(self, f"VALUES {places}", [value for row in rows for value in row])
