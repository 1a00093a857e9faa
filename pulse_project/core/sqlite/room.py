"""Free disk space: writes stop early, so that checkpoints and the pass that deletes old rows still have room."""

import os
import time

from django.db.utils import OperationalError

from pulse_project.core import conf

CHECK_SECONDS = 1.0


class StorageFull(OperationalError):
    """Free disk space is below the reserve: refused before anything was written."""


class Room:
    """Looks at most once a second, because the look is a system call on the path of every write."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._next_look = 0.0
        self._is_low = False

    def demand(self) -> None:
        """Raise StorageFull when less than `min_free_mib` is free."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + CHECK_SECONDS
            self._is_low = self._free_mib() < conf.current().min_free_mib
        if self._is_low:
            raise StorageFull(f"less than {conf.current().min_free_mib} MiB are free")

    def _free_mib(self) -> int:
        state = os.statvfs(self._folder)
        return state.f_bavail * state.f_frsize >> 20
