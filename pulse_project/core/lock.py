"""One server per home: a kernel lock on `{home}/nexus.serve.lock`, with PID, port and heartbeat inside for people."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from pulse_project.core.errors import Code, Failure

FILE_NAME = "nexus.serve.lock"
HEARTBEAT_SECONDS = 5
LOOKS = 5
SILENCE_SECONDS = 60  # only where the file system knows no flock: a heartbeat older than this may be taken over
NETWORK_FILE_SYSTEMS = {
    "nfs", "nfs4", "cifs", "smb", "smb3", "smbfs", "ncpfs", "afs", "coda", "ceph", "lustre", "gpfs", "ocfs2", "gfs2",
    "fuse.sshfs", "fuse.glusterfs", "fuse.cephfs", "fuse.s3fs", "davfs", "fuse.davfs",
}  # fmt: skip
NO_FLOCK = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, as the file says. Information only: the kernel's lock decides."""

    pid: int
    port: int
    nonce: str

    @classmethod
    def read(cls, path: Path) -> Self | None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(int(found["pid"]), int(found["port"]), str(found["nonce"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class ServeLock:
    """The lock of a running server. `acquire` refuses at once when another server holds it."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME
        self._descriptor = -1
        self._holder: Holder | None = None

    def acquire(self, port: int) -> None:
        """Take the lock. CONFIG_ERROR names the process and port of the holder."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        try:
            _lock_soon(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno not in NO_FLOCK:
                raise self._refusal() from error
            descriptor = self._take_over_silence()
        self._descriptor = descriptor
        self._write(Holder(os.getpid(), port, secrets.token_hex(8)))

    def _take_over_silence(self) -> int:
        """Without flock the heartbeat decides: a young one refuses."""
        if Holder.read(self.path) and time.time() - self.path.stat().st_mtime < SILENCE_SECONDS:
            raise self._refusal()
        return os.open(self.path, os.O_RDWR | os.O_CLOEXEC)

    def _refusal(self) -> Failure:
        holder = Holder.read(self.path)
        who = f"process {holder.pid} on port {holder.port}" if holder else "another process"
        details = {"pid": holder.pid, "port": holder.port} if holder else {}
        return Failure(
            Code.CONFIG_ERROR,
            f"A Pulse server runs on this home already ({who}). Stop it, or start this one with another PULSE_HOME.",
            **details,
        )

    def announce(self, port: int) -> None:
        """Write the port that was really bound."""
        if self._holder is not None:
            self._write(Holder(self._holder.pid, port, self._holder.nonce))

    def _write(self, holder: Holder) -> None:
        self._holder = holder
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(holder)).encode(), 0)

    def beat(self) -> bool:
        """Refresh the heartbeat. False when the file at the path is no longer ours: this server lost its home."""
        if self._holder is None:
            return False
        try:
            same_file = os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except OSError:
            return False
        found = Holder.read(self.path)
        if not same_file or found is None or found.nonce != self._holder.nonce:
            return False
        os.utime(self._descriptor)
        return True

    def release(self) -> None:
        """Empty the file and free the lock; the file stays, because removing it would race with the next start."""
        if self._descriptor < 0:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = -1
        self._holder = None


def _lock_soon(descriptor: int) -> None:
    """Lock, with a few more tries: `holder_of` holds the lock for an instant while it looks."""
    for _ in range(LOOKS):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
    return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def holder_of(home: Path) -> Holder | None:
    """The server that runs on `home` now, or None. Takes nothing."""
    path = home / FILE_NAME
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return Holder.read(path)
    finally:
        os.close(descriptor)
    return None


def file_system_of(path: Path, table: Path = Path("/proc/self/mountinfo")) -> str:
    """The type of the file system that holds `path`; empty where the system does not tell."""
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best, kind = Path("/"), ""
    target = path.resolve()
    for line in lines:
        mount, _, source = line.partition(" - ")
        point = Path(mount.split(" ")[4].encode().decode("unicode_escape"))
        if target.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, source.split(" ")[0]
    return kind


def refuse_network_file_system(path: Path) -> None:
    """CONFIG_ERROR when SQLite's store would lie where shared memory and locks do not work."""
    kind = file_system_of(path)
    if kind in NETWORK_FILE_SYSTEMS:
        raise Failure(
            Code.CONFIG_ERROR,
            f"{path} lies on a network file system ({kind}), where SQLite cannot keep its promises. "
            "Choose a local PULSE_HOME, or PostgreSQL by DATABASE_URL.",
        )
