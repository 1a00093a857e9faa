"""The one lock that every write transaction holds, between threads by a mutex and between processes by `flock`."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.utils import OperationalError

POLL_SECONDS = 0.0003  # only while another process holds the lock


class WriteLockTimeout(OperationalError):
    """The write lock was not free within the busy timeout. Nothing was written; the call may be repeated."""


class WriteLockUnavailable(OperationalError):
    """The lock's files cannot be opened: the folder is read-only or not ours."""


class WriteLock:
    """Lock of one database file.

    Two files: whoever waits for `write.lock` holds `write.turn`, so a process that has just released the lock
    cannot take it again in front of one that waits.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self._paths = (folder / f"{prefix}write.turn", folder / f"{prefix}write.lock")
        self._mutex = threading.Lock()
        self._turn = -1
        self._write = -1
        os.register_at_fork(after_in_child=self._forget)

    def acquire(self, timeout: float) -> None:
        """Take the lock or raise WriteLockTimeout after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        if not self._mutex.acquire(timeout=max(timeout, 0)):
            raise WriteLockTimeout("database is locked: another thread holds the write lock")
        try:
            if self._write < 0:
                self._turn, self._write = (
                    os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in self._paths
                )
            _flock(self._turn, deadline)
            try:
                _flock(self._write, deadline)
            finally:
                fcntl.flock(self._turn, fcntl.LOCK_UN)
        except OSError as error:
            self._mutex.release()
            raise WriteLockUnavailable(f"unable to open the write lock: {error}") from error
        except BaseException:
            self._mutex.release()
            raise

    def release(self) -> None:
        fcntl.flock(self._write, fcntl.LOCK_UN)
        self._mutex.release()

    @contextmanager
    def held(self, timeout: float) -> Iterator[None]:
        self.acquire(timeout)
        try:
            yield
        finally:
            self.release()

    def _forget(self) -> None:
        """In a forked child: the parent's descriptors share its lock, so the child opens its own."""
        for descriptor in (self._turn, self._write):
            if descriptor >= 0:
                os.close(descriptor)
        self._turn = self._write = -1
        self._mutex = threading.Lock()


def _flock(descriptor: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise WriteLockTimeout("database is locked: another process holds the write lock") from None
            time.sleep(POLL_SECONDS)
        else:
            return
