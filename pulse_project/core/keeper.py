"""The thread that watches over a running server: its lock, and the file that is its store."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pulse_project.core.lock import HEARTBEAT_SECONDS, ServeLock

logger = logging.getLogger("pulse.keeper")


class Keeper:
    """Beats the lock's heart every 5 s and stops the process when the home or the database is no longer its own."""

    def __init__(self, lock: ServeLock, database: Path, stop: Callable[[int], None]) -> None:
        self._lock = lock
        self._database = database
        self._identity = _identity_of(database)
        self._stop = stop
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            problem = self.problem()
            if problem:
                logger.critical(problem)
                self._stop(1)

    def problem(self) -> str:
        """One sentence when this server must not go on; empty while all is well."""
        if not self._lock.beat():
            return "Another server took this home while Pulse was stopped. This one ends."
        if _identity_of(self._database) != self._identity:
            return "The database file was replaced under the running server. It ends before it writes to either."
        return ""


def _identity_of(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
