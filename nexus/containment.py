"""Files below a workspace's root: opened step by step from the root, so that no link swapped meanwhile leads out."""

import os
import stat
from collections import deque
from dataclasses import dataclass
from typing import NoReturn

from pulse_project.core.errors import Code, Failure

MAX_LINKS = 40  # as the kernel follows
MAX_PATH_LENGTH = 4096
_STEP = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class ContainedFile:
    """A regular file inside the root. `size_bytes` was read from the opened file itself."""

    relative: str
    size_bytes: int


def locate(root: str, path: str) -> ContainedFile:
    """The regular file that `path` (relative to `root`, or absolute inside it) names. Only its size is read.

    Errors: PATH_OUTSIDE_WORKSPACE, VALIDATION_ERROR (`details.reason`: path, missing, not_regular, unreadable).
    """
    if not path or "\0" in path or len(path) > MAX_PATH_LENGTH:
        _refuse("path", "path must be 1 to 4096 characters without NUL.")
    try:
        with _Walk(root) as walk:
            walk.follow(path)
            return walk.regular_file()
    except (FileNotFoundError, NotADirectoryError):
        if not _would_be_inside(root, path):
            raise _outside() from None
        _refuse("missing", "path names no file in this workspace.")
    except (OSError, UnicodeEncodeError):
        _refuse("unreadable", "path cannot be opened.")


def _would_be_inside(root: str, path: str) -> bool:
    """Whether a path that leads to nothing would lie inside the root, were it there."""
    real = os.path.realpath(root)
    return os.path.commonpath([real, os.path.realpath(os.path.join(real, path))]) == real


def _refuse(reason: str, sentence: str) -> NoReturn:
    raise Failure(Code.VALIDATION_ERROR, sentence, field="path", reason=reason)


def _outside() -> Failure:
    sentence = "That path leads out of the workspace's folder. Name a file inside it."
    return Failure(Code.PATH_OUTSIDE_WORKSPACE, sentence, field="path")


class _Walk:
    """Open descriptors from the root down to the current place, and the names that led there."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root, strict=True)
        self._open = [os.open(self._root, _STEP | os.O_DIRECTORY)]
        self._names: list[str] = []
        self._links = 0

    def __enter__(self) -> "_Walk":
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open:
            os.close(descriptor)

    def follow(self, path: str) -> None:
        """Go along `path`; a link is read and gone along by the same rule, never followed by the kernel."""
        steps = deque(self._steps_of(path))
        while steps:
            step = steps.popleft()
            if step == "..":
                self._up()
            elif step not in ("", "."):
                target = self._down(step)
                if target is not None:
                    steps.extendleft(reversed(self._steps_of(target)))

    def regular_file(self) -> ContainedFile:
        found = os.fstat(self._open[-1])
        if not stat.S_ISREG(found.st_mode):
            _refuse("not_regular", "path must name an ordinary file.")
        return ContainedFile("/".join(self._names), found.st_size)

    def _steps_of(self, path: str) -> list[str]:
        if not os.path.isabs(path):
            return path.split("/")
        resolved = os.path.realpath(path)
        if os.path.commonpath([self._root, resolved]) != self._root:
            raise _outside()
        self._restart()
        return os.path.relpath(resolved, self._root).split("/")

    def _restart(self) -> None:
        while len(self._open) > 1:
            os.close(self._open.pop())
        self._names.clear()

    def _up(self) -> None:
        if len(self._open) == 1:
            raise _outside()
        os.close(self._open.pop())
        self._names.pop()

    def _down(self, name: str) -> str | None:
        """Enter `name`, or answer the target of the link that it is."""
        descriptor = os.open(name, _STEP, dir_fd=self._open[-1])
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISLNK(mode):
            self._open.append(descriptor)
            self._names.append(name)
            return None
        try:
            self._links += 1
            if self._links > MAX_LINKS:
                _refuse("unreadable", "path leads through too many links.")
            return os.readlink("", dir_fd=descriptor)
        finally:
            os.close(descriptor)
