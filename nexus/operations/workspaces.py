"""Workspaces: from a folder to its id."""

import os
from typing import Annotated, TypedDict

from pydantic import Field

from nexus import workspaces
from nexus.catalog import catalog
from nexus.fields import MaybeText
from nexus.models import Workspace
from pulse_project.core import clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Fails, Input
from pulse_project.core.principals import IDENTITY, Caller

MAX_DISPLAY_NAME = 200


class WorkspaceShape(TypedDict):
    workspace_id: str
    display_name: str | None
    root_realpath: str
    created_at: str | None
    last_seen_at: str | None


class WorkspaceList(TypedDict):
    workspaces: list[WorkspaceShape]


def _shape(row: Workspace) -> WorkspaceShape:
    return {
        "workspace_id": row.workspace_id,
        "display_name": row.display_name,
        "root_realpath": row.root_realpath,
        "created_at": clock.iso(row.created_us),
        "last_seen_at": clock.iso(row.last_seen_us),
    }


class Resolve(Input):
    project_root: Annotated[str, Field(min_length=1, description="Absolute path of an existing folder."), Fails(rank=1)]
    display_name: MaybeText = Field(
        None, max_length=MAX_DISPLAY_NAME, description="A name for people; absent keeps the one there is."
    )


@catalog.operation(needs=IDENTITY, writes=True, before=workspaces.look_ahead, idempotent=True)
def workspace_resolve(caller: Caller, data: Resolve) -> WorkspaceShape:
    """Resolve a project's folder to its workspace and remember it. The same real folder always has the same id.

    Errors: VALIDATION_ERROR (not absolute), WORKSPACE_UNRESOLVED.
    """
    if not os.path.isabs(data.project_root):
        raise Failure(Code.VALIDATION_ERROR, "project_root takes an absolute path.", field="project_root")
    found, _ = workspaces.ensure(data.project_root, caller)
    row = Workspace.objects.get(pk=found.pk)
    row.last_seen_us = clock.now_us()
    if data.display_name is not None:
        row.display_name = data.display_name
    row.save(update_fields=["last_seen_us", "display_name"])
    return _shape(row)


class ListWorkspaces(Input):
    include_paths: bool = Field(False, description="Accepted for older clients; root_realpath is always present.")


@catalog.operation(needs=IDENTITY)
def workspace_list(caller: Caller, data: ListWorkspaces) -> WorkspaceList:
    """Every workspace of this server, oldest first."""
    return {"workspaces": [_shape(row) for row in Workspace.objects.order_by("id")]}
