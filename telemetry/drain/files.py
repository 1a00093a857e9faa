"""The files that a drain touches: regular, of this user, never behind a symbolic link."""

import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

ENDING: Final = ".jsonl"
DEAD_ENDING: Final = ".dead.jsonl"
CLAIM: Final = re.compile(r"(?P<name>.+)\.\d+-\d+\.draining")
READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # a fifo must not block
BUFFER_BYTES: Final = 1 << 18
_SIGNED: Final = 1 << 63

_REASONS = {errno.ELOOP: "a symbolic link is not followed", errno.ENXIO: "not a regular file"}


class Refused(Exception):
    """A file that is not drained. `reason` is a sentence without its path."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file it is, whatever its name."""

    device: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Self:
        """The store's numbers have a sign, the system's have none."""
        inode = found.st_ino
        return cls(found.st_dev, inode - 2 * _SIGNED if inode >= _SIGNED else inode)


@dataclass(frozen=True, slots=True)
class Source:
    """An open file of `folder`; `path` is how people know it."""

    folder: "Folder"
    name: str
    path: str
    file: BinaryIO
    identity: Identity

    @property
    def descriptor(self) -> int:
        return self.file.fileno()

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    @property
    def is_gone(self) -> bool:
        """Whether somebody has removed it."""
        return os.fstat(self.descriptor).st_nlink == 0


class Folder:
    """A folder held open, so that every name is looked up in it and in nothing that took its place."""

    def __init__(self, path: Path) -> None:
        """Errors: OSError."""
        self.path = path
        self.descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def names(self) -> list[str]:
        """What a producer may have left here, in the order in which it is drained."""
        names = os.listdir(self.descriptor)
        return sorted(name for name in names if name.endswith(ENDING) and not name.endswith(DEAD_ENDING))

    def claims(self, name: str = "") -> list[str]:
        """What runs of `drain` have taken out of the producers' way and not removed yet, the oldest first."""
        found = [match for one in os.listdir(self.descriptor) if (match := CLAIM.fullmatch(one))]
        names = [one[0] for one in found if (one["name"] == name if name else one["name"].endswith(ENDING))]
        return sorted(names)

    @contextmanager
    def opened(self, name: str) -> Iterator[Source]:
        """Errors: FileNotFoundError, Refused."""
        try:
            descriptor = os.open(name, READ, dir_fd=self.descriptor)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Refused(_REASONS.get(error.errno or 0, f"it cannot be read: {error.strerror}")) from error
        found = os.fstat(descriptor)
        try:
            check_owned(found)
        except Refused:
            os.close(descriptor)
            raise
        with os.fdopen(descriptor, "rb", BUFFER_BYTES) as file:
            yield Source(self, name, shown(self.path / name), file, Identity.of(found))

    def is_at(self, name: str, identity: Identity) -> bool:
        """Whether `name` still stands for that file."""
        return self.stamp(name)[:2] == (identity.device, identity.inode)

    def stamp(self, name: str) -> tuple[int, int, int, int]:
        """Device, inode, size and time of change in ns: what tells that there is nothing new. Zeros for no file."""
        try:
            found = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except OSError:
            return 0, 0, 0, 0
        identity = Identity.of(found)
        return identity.device, identity.inode, found.st_size, found.st_mtime_ns

    def claim(self, name: str) -> str:
        """Give the file another name at once and leave an empty one for producers. Errors: OSError."""
        claim = f"{name}.{time.time_ns()}-{os.getpid()}.draining"
        mode = stat.S_IMODE(os.stat(name, dir_fd=self.descriptor, follow_symlinks=False).st_mode)
        os.rename(name, claim, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        try:
            descriptor = os.open(name, READ | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=self.descriptor)
        except FileExistsError:  # a producer was faster
            return claim
        os.fchmod(descriptor, mode)
        os.close(descriptor)
        return claim

    def remove(self, name: str) -> None:
        """Errors: OSError."""
        os.unlink(name, dir_fd=self.descriptor)
        os.fsync(self.descriptor)


def check_owned(found: os.stat_result) -> None:
    """Errors: Refused."""
    if not stat.S_ISREG(found.st_mode):
        raise Refused("not a regular file")
    if found.st_uid != os.geteuid():
        raise Refused("it belongs to another user")


def producers_name(name: str) -> str:
    """The name that producers use for a file, also when it is claimed."""
    claim = CLAIM.fullmatch(name)
    return claim["name"] if claim else name


def shown(path: Path) -> str:
    """A path as text that every store and terminal takes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
