"""Taking a file out of its producers' way, and telling when the last of them has let go of it."""

import errno
import fcntl
import os
import time
from typing import Final

from telemetry.drain.files import Source

LOOKS: Final = 10  # producers that open the file for each event are gone by the second look
LOOK_SECONDS: Final = 0.01  # also what a producer may need between finding the name and having the file open
QUIET_SECONDS: Final = 60.0  # where the file system does not tell who writes
_WRITER: Final = {errno.EAGAIN, errno.EACCES}


def lock(source: Source) -> bool:
    """Whether the file is now ours to remove, until it is closed; False when another drain is at it."""
    try:
        fcntl.flock(source.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_let_go(source: Source) -> bool:
    """Whether no producer has the file open any more. It has a name that none of them knows, so none opens it anew."""
    for _ in range(LOOKS):
        time.sleep(LOOK_SECONDS)
        if not _has_writer(source.descriptor):
            return True
    return False


def _has_writer(descriptor: int) -> bool:
    """A read lease is granted only while nobody has the file open for writing; it is given back at once."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return _is_fresh(descriptor)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno in _WRITER else _is_fresh(descriptor)
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _is_fresh(descriptor: int) -> bool:
    return time.time() - os.fstat(descriptor).st_mtime < QUIET_SECONDS
