"""What belongs to one database file: its lock, its syncer and the names beside it."""

import threading
from dataclasses import dataclass
from pathlib import Path

from pulse_project.core.sqlite.syncer import Syncer
from pulse_project.core.sqlite.write_lock import WriteLock

DEFAULT_NAME = "pulse.sqlite3"


@dataclass(frozen=True)
class Store:
    """One database file as every connection of this process shares it."""

    path: str
    lock: WriteLock
    syncer: Syncer


_stores: dict[str, Store] = {}
_mutex = threading.Lock()


def store_at(path: str) -> Store:
    """The shared parts of the database at `path`, made at the first use."""
    store = _stores.get(path)
    if store is None:
        with _mutex:
            store = _stores.get(path)
            if store is None:
                store = _stores[path] = Store(path, WriteLock(Path(path).parent, prefix_of(path)), Syncer(path))
    return store


def prefix_of(path: str) -> str:
    """Files beside the home's own database carry plain names; beside any other, names that start with the database's."""
    name = Path(path).name
    return "" if name == DEFAULT_NAME else f"{name}."


def beside(path: str, name: str) -> Path:
    return Path(path).parent / f"{prefix_of(path)}{name}"
