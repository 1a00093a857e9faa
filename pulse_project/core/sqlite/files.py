"""What belongs to one database file: its lock, its syncer and the names beside it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulse_project.core.sqlite.checkpoint import EVERY_COMMITS, EVERY_ROWS
from pulse_project.core.sqlite.room import Room
from pulse_project.core.sqlite.syncer import Syncer
from pulse_project.core.sqlite.write_lock import WriteLock

DEFAULT_NAME = "pulse.sqlite3"


@dataclass(eq=False)
class Store:
    """One database file as every connection of this process shares it.

    `checkpointed` is the ticket of the last commit before the last checkpoint, `changed_rows` counts what has been
    written since. `upkeep` is told when one is due; where
    nobody is told, the committing thread checkpoints itself. Both change under the write lock.
    """

    path: str
    lock: WriteLock
    syncer: Syncer
    room: Room
    checkpointed: int = 0
    changed_rows: int = 0
    upkeep: Callable[[], None] | None = None

    @property
    def is_checkpoint_due(self) -> bool:
        return self.syncer.committed - self.checkpointed >= EVERY_COMMITS or self.changed_rows >= EVERY_ROWS

    def begin_checkpoint(self) -> None:
        """Under the write lock, before a checkpoint: what is written from now on counts for the next one."""
        self.checkpointed = self.syncer.committed
        self.changed_rows = 0


_stores: dict[str, Store] = {}
_mutex = threading.Lock()


def store_at(path: str) -> Store:
    """The shared parts of the database at `path`, made at the first use."""
    store = _stores.get(path)
    if store is None:
        with _mutex:
            store = _stores.get(path)
            if store is None:
                store = _stores[path] = _made(path)
    return store


def _made(path: str) -> Store:
    folder = Path(path).parent
    return Store(path, WriteLock(folder, prefix_of(path)), Syncer(path), Room(str(folder)))


def prefix_of(path: str) -> str:
    """Files beside the home's own database carry plain names, beside any other they start with its name."""
    name = Path(path).name
    return "" if name == DEFAULT_NAME else f"{name}."


def beside(path: str, name: str) -> Path:
    return Path(path).parent / f"{prefix_of(path)}{name}"
