"""Where shared.md lies and how it is replaced: a reader sees the old text or the new one, never a part."""

import os
import secrets
from pathlib import Path

from pulse_project.core import conf
from pulse_project.core.errors import Code, Failure

FILE_NAME = "shared.md"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace_shared(workspace_id: str, text: str) -> tuple[str, int]:
    """Write `text` as the workspace's shared.md; the path and the number of bytes. Errors: RENDER_ERROR."""
    content = text.encode()
    folder = conf.current().home_path / "workspaces" / workspace_id
    try:
        _make(folder)
        descriptor = os.open(folder, _FOLDER)
        try:
            _replace(descriptor, content)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Failure(Code.RENDER_ERROR, "shared.md could not be written.", reason=reason) from error
    return str(folder / FILE_NAME), len(content)


def _make(folder: Path) -> None:
    for place in (folder.parent, folder):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)


def _replace(folder: int, content: bytes) -> None:
    name = f".{FILE_NAME}.{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(name, _NEW_FILE, 0o600, dir_fd=folder), "wb") as file:
            file.write(content)
        os.replace(name, FILE_NAME, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        _remove(folder, name)
        raise


def _remove(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
