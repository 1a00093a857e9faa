"""Grouped durability of one SQLite file: one `fdatasync` of its WAL covers every commit made before it began."""

import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping

from django.db.utils import OperationalError

GROUPS = sys.platform == "linux"  # elsewhere every COMMIT syncs by itself (synchronous=FULL)
FORCE = -1  # a ticket for "whatever is committed now", other processes' commits included


class SyncFailed(OperationalError):
    """The disk refused a sync: what was committed since the last one may not survive a power loss. Never retried."""


Done = Callable[[SyncFailed | None], None]


class Syncer:
    """Counts commits and syncs them. `committed` is raised under the write lock only."""

    def __init__(self, database: str) -> None:
        self._wal = f"{database}-wal"
        self._descriptor = -1
        self._inode = 0
        self._mutex = threading.Lock()
        self._requests: queue.SimpleQueue[tuple[int, Done]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._announced: dict[str, int] = {}
        self._unsynced_heads: deque[tuple[int, Mapping[str, int]]] = deque()
        self.committed = 0
        self.synced = 0
        self.committed_heads: dict[str, int] = {}
        self.durable_heads: dict[str, int] = {}
        self.failure: SyncFailed | None = None
        self.on_failure: Callable[[], None] | None = None
        os.register_at_fork(after_in_child=self._forget)

    # under the write lock

    def announce(self, heads: Mapping[str, int]) -> None:
        """The log heads that the open transaction will commit."""
        self._announced = dict(heads)

    def commit_made(self) -> int:
        """Count a commit; the answer is its ticket."""
        ticket = self.committed + 1
        if self._announced:
            self._unsynced_heads.append((ticket, self._announced))
            self.committed_heads.update(self._announced)
            self._announced = {}
        self.committed = ticket
        if not GROUPS:
            self._publish(ticket)
        return ticket

    def rolled_back(self) -> None:
        self._announced = {}

    # anywhere

    def sync(self, ticket: int) -> None:
        """Return when the commit of `ticket` survives a power loss; the calling thread syncs when nobody did."""
        if 0 <= ticket <= self.synced:
            return
        with self._mutex:
            if 0 <= ticket <= self.synced:
                return
            if self.failure is not None:
                raise self.failure
            target = self.committed
            try:
                self._sync_wal()
            except OSError as error:
                self.failure = SyncFailed(f"the disk refused to sync: {error}")
                if self.on_failure is not None:
                    self.on_failure()
                raise self.failure from error
            self._publish(target)

    @property
    def is_idle(self) -> bool:
        """Nobody syncs and nobody waits for a sync."""
        return self._requests.empty() and not self._mutex.locked()

    def request(self, ticket: int, done: Done) -> None:
        """Have the sync thread call `done(None)` once `ticket` is durable, or `done(failure)`."""
        self._requests.put((ticket, done))
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._mutex:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="pulse-sync", daemon=True)
                self._thread.start()

    def _serve(self) -> None:
        while True:
            batch = [self._requests.get()]
            while not self._requests.empty():
                batch.append(self._requests.get())
            tickets = [ticket for ticket, _ in batch]
            failure: SyncFailed | None = None
            try:
                self.sync(FORCE if FORCE in tickets else max(tickets))
            except SyncFailed as error:
                failure = error
            for _, done in batch:
                done(failure)

    def _publish(self, target: int) -> None:
        while self._unsynced_heads and self._unsynced_heads[0][0] <= target:
            _, heads = self._unsynced_heads.popleft()
            self.durable_heads.update(heads)
        self.synced = target

    def _sync_wal(self) -> None:
        """`fdatasync` on a descriptor that follows the file; a WAL that is gone was synced by SQLite's checkpoint."""
        try:
            inode = os.stat(self._wal).st_ino
        except FileNotFoundError:
            return
        if inode != self._inode:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = os.open(self._wal, os.O_RDWR | os.O_CLOEXEC)
            self._inode = os.fstat(self._descriptor).st_ino
            _sync_folder(os.path.dirname(self._wal))
        os.fdatasync(self._descriptor)

    def _forget(self) -> None:
        self._mutex = threading.Lock()
        self._requests = queue.SimpleQueue()
        self._thread = None


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
