"""Files of cards on disk: `attachments/<board>/<random name>` of the home. Rows say what they are.

A file is written and synced before its row commits, and removed after its row is gone; what lies between, in a call
that failed, is found by the sweep.
"""

import errno
import hashlib
import logging
import os
import secrets
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from boards.models import Attachment
from pulse_project.core import conf
from pulse_project.core.errors import Code, Failure
from pulse_project.core.housekeeping import every
from pulse_project.core.sqlite.room import Room, StorageFull

logger = logging.getLogger("pulse.attachments")

MIB: Final = 1024 * 1024
MAX_FILE_BYTES: Final = 10 * MIB
MAX_BOARD_BYTES: Final = 1024 * MIB
MAX_PER_CARD: Final = 100
ORPHAN_SECONDS: Final = 3600.0  # longer than any call takes between its file and its row
_BATCH: Final = 500
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    size: int
    sha256: str


def folder() -> Path:
    return conf.current().home_path / "attachments"


def write(board_pk: UUID, content: bytes) -> StoredFile:
    """Write bytes under a new random name and sync them. Raises StorageFull, OSError."""
    name = secrets.token_hex(16)
    try:
        with _opened(_made(board_pk)) as directory:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            with os.fdopen(os.open(name, flags, 0o600, dir_fd=directory), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.fsync(directory)
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull("no space is left for an attachment") from error
        raise
    return StoredFile(name, len(content), hashlib.sha256(content).hexdigest())


def _made(board_pk: UUID) -> Path:
    """The folder of a board, made when it is absent."""
    folder().mkdir(mode=0o700, exist_ok=True)
    Room(str(folder())).demand()
    path = folder() / str(board_pk)
    if not path.exists():
        path.mkdir(mode=0o700, exist_ok=True)
        with _opened(folder()) as above:
            os.fsync(above)
    return path


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_file(board_pk: UUID, stored_name: str) -> int:
    """A descriptor of a stored file, for reading. Errors: NOT_FOUND when it is gone or no plain file."""
    try:
        with _opened(folder() / str(board_pk)) as directory:
            descriptor = os.open(stored_name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    except OSError as error:
        logger.error("the file of an attachment cannot be opened: %s", error)
        raise gone() from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise gone()
    return descriptor


def gone() -> Failure:
    return Failure(Code.NOT_FOUND, "The file of that attachment is gone.", field="attachment_id")


def remove(board_pk: UUID, stored_names: Iterable[str]) -> None:
    """Delete files whose rows are gone; call it after the commit. What cannot be deleted now is left to the sweep."""
    for name in stored_names:
        try:
            (folder() / str(board_pk) / name).unlink(missing_ok=True)
        except OSError as error:
            logger.warning("the file of an attachment stays for now: %s", error)


def remove_all_of(board_pk: UUID) -> None:
    """Delete every file of a board that is gone; call it after the commit."""
    path = folder() / str(board_pk)
    try:
        names = os.listdir(path)
    except FileNotFoundError:
        return
    remove(board_pk, names)
    _remove_empty(path)


def _remove_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError as error:
        logger.info("the folder of a board's attachments stays: %s", error)


@every(ORPHAN_SECONDS)
def sweep() -> None:
    """Delete files that no row names: of calls that failed and of cards and boards that are gone."""
    if not folder().is_dir():
        return
    for path in folder().iterdir():
        if path.is_dir() and not path.is_symlink():
            _sweep(path)


def _sweep(path: Path) -> None:
    before = time.time() - ORPHAN_SECONDS
    with os.scandir(path) as entries:
        old = [entry.name for entry in entries if entry.stat(follow_symlinks=False).st_mtime < before]
    for start in range(0, len(old), _BATCH):
        names = old[start : start + _BATCH]
        known = set(Attachment.objects.filter(stored_name__in=names).values_list("stored_name", flat=True))
        for name in set(names) - known:
            (path / name).unlink(missing_ok=True)
    if path.stat().st_mtime < before and not any(path.iterdir()):
        _remove_empty(path)
