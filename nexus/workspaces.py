"""From a folder to its workspace: the real path, its hash, its row."""

import os
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from nexus import sql
from pulse_project.core import ahead, binding, clock, conf, db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller

FORBIDDEN = ("/", "/dev")
SYSTEM = ("/proc", "/sys")  # and all below
LOCAL_TRANSPORTS = frozenset({"cli", "stdio", "internal", "page"})

_FIND = sql.Statement("SELECT id, root_realpath FROM nexus_workspace WHERE workspace_id = %s")
_NAME = sql.Statement("SELECT workspace_id, root_realpath FROM nexus_workspace WHERE id = %s")
_INSERT = sql.Statement(
    "INSERT INTO nexus_workspace (workspace_id, display_name, root_realpath, created_us, last_seen_us)"
    " VALUES (%s, NULL, %s, %s, %s) ON CONFLICT (workspace_id) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class WorkspaceRef:
    """A workspace as operations pass it: `pk` joins rows (0 = nothing was written there), `workspace_id` is public."""

    pk: int
    workspace_id: str
    root: str


_by_id: dict[str, WorkspaceRef] = {}
_by_pk: dict[int, WorkspaceRef] = {}


def forget() -> None:
    """Drop what is cached: after a reset, in tests."""
    _by_id.clear()
    _by_pk.clear()


def look_ahead(caller: Caller, data: Any) -> "Folder":
    """The folder of a write with a `project_root`, looked at before its transaction."""
    return Folder(_look_at(data.project_root, caller))


@dataclass(frozen=True, slots=True)
class Folder:
    """A project's real path, and what else an operation looked at there."""

    root: str
    content: Any = None


def real_root(project_root: str, caller: Caller) -> str:
    """The real path of an existing folder that this caller may name, or WORKSPACE_UNRESOLVED.

    Beyond loopback a folder outside `workspace_roots` gives the same answer as one that does not exist.
    """
    finding = ahead.found()
    if finding is None:
        return _look_at(project_root, caller)
    folder: Folder = finding.get()
    return folder.root


def _look_at(project_root: str, caller: Caller) -> str:
    try:
        root = os.path.realpath(project_root, strict=True)
        is_folder = os.path.isdir(root)
    except (OSError, ValueError):
        raise _unresolved() from None
    if not is_folder or _is_forbidden(root) or not _is_offered(root, caller):
        raise _unresolved()
    return root


def locate(project_root: str, caller: Caller) -> WorkspaceRef:
    """The workspace of a folder for reading; `pk` 0 when nothing was written there. Errors: WORKSPACE_UNRESOLVED."""
    root = real_root(project_root, caller)
    workspace_id = sha256(os.fsencode(root)).hexdigest()
    return _by_id.get(workspace_id) or _find(workspace_id) or WorkspaceRef(0, workspace_id, root)


def ensure(project_root: str, caller: Caller) -> tuple[WorkspaceRef, bool]:
    """The workspace of a folder for writing, and whether this call made its row. Inside a write transaction."""
    located = locate(project_root, caller)
    if located.pk:
        return located, False
    now_us = clock.now_us()
    is_new = sql.change(_INSERT, located.workspace_id, located.root, now_us, now_us) == 1
    found = _find(located.workspace_id)
    if found is None:
        raise Failure(Code.INTERNAL_ERROR, "The workspace could not be stored.")
    return found, is_new


def by_id(workspace_id: str) -> WorkspaceRef | None:
    """The workspace with that public id, None when there is no such row."""
    return _by_id.get(workspace_id) or _find(workspace_id)


def by_pk(pk: int) -> WorkspaceRef:
    """The workspace of a row that names it."""
    found = _by_pk.get(pk)
    if found is None:
        row = sql.row(_NAME, pk)
        if row is None:
            raise Failure(Code.NOT_FOUND, "No such workspace.")
        found = WorkspaceRef(pk, row[0], row[1])
        _keep(found)
    return found


def _find(workspace_id: str) -> WorkspaceRef | None:
    row = sql.row(_FIND, workspace_id)
    if row is None:
        return None
    found = WorkspaceRef(row[0], workspace_id, row[1])
    _keep(found)
    return found


def _keep(found: WorkspaceRef) -> None:
    def keep() -> None:
        _by_id[found.workspace_id] = _by_pk[found.pk] = found

    db.after_commit(keep)


def _is_forbidden(root: str) -> bool:
    return root in FORBIDDEN or any(_contains(folder, root) for folder in (*SYSTEM, _real_home(conf.current().home)))


@cache
def _real_home(home: str) -> str:
    return os.path.realpath(Path(home).expanduser())


def _is_offered(root: str, caller: Caller) -> bool:
    if caller.transport in LOCAL_TRANSPORTS or not _is_exposed():
        return True
    settings = conf.current()
    listed = [part for part in settings.workspace_roots.split(os.pathsep) if part]
    allowed = listed or [settings.project_root or str(Path.cwd())]
    return any(_contains(os.path.realpath(Path(folder).expanduser()), root) for folder in allowed)


def _is_exposed() -> bool:
    """Whether callers may come from other machines."""
    bound = binding.current()
    return conf.current().behind_proxy or (bool(bound.hosts) and not bound.is_loopback)


def _contains(folder: str, root: str) -> bool:
    return root == folder or root.startswith(folder.rstrip(os.sep) + os.sep)


def _unresolved() -> Failure:
    return Failure(
        Code.WORKSPACE_UNRESOLVED,
        "project_root is no folder that this server can use. Send the absolute path of an existing one.",
        field="project_root",
    )
