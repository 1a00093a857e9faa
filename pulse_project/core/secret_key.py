"""Django's secret key: given by the environment, or made once in the home and the same for every start."""

import contextlib
import hashlib
import os
import secrets
import stat
from pathlib import Path

from pulse_project.core.conf import ConfigError, Settings

RANDOM_BYTES = 50
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def secret_key(settings: Settings) -> str:
    """`PULSE_SECRET_KEY`, or the content of `{home}/secret_key`. Errors: ConfigError naming the path."""
    if settings.secret_key:
        return settings.secret_key
    try:
        home = private_home(settings)
        return _read(home / "secret_key") or _make(home / "secret_key")
    except OSError as error:
        raise ConfigError(f"home: {error.strerror or 'cannot be used'} ({error.filename}).") from error


def install_id(key: str) -> str:
    """A short public name of this install, derived from its secret key: the same at every start, elsewhere another."""
    return hashlib.sha256(b"pulse install " + key.encode()).hexdigest()[:8]


def private_home(settings: Settings) -> Path:
    """The home, made with mode 0700; one that others may enter is tightened."""
    home = settings.home_path
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_mode & stat.S_ISVTX or home.resolve() == Path(home.anchor):
        raise ConfigError(f"{home} belongs to every user of this machine. Choose a folder of its own as the home.")
    tighten(home)
    return home


def tighten(path: Path) -> None:
    """Take every right of group and others from `path`; ConfigError when that is refused (another owner's file)."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & OTHERS:
        return
    try:
        path.chmod(mode & ~OTHERS)
    except PermissionError as error:
        raise ConfigError(f"{path} is open to other users and cannot be closed. Run: chmod go-rwx {path}") from error


def _read(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    with os.fdopen(descriptor, encoding="ascii") as file:
        key = file.read().strip()
    tighten(path)
    if not key:
        raise ConfigError(f"{path} is empty. Delete it; the next start makes a new one.")
    return key


def _make(path: Path) -> str:
    """Write a complete file beside the name and link it: of two starts one wins and both read its key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(RANDOM_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return _read(path)
