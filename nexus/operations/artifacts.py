"""Artifacts: content or a file of the project, shared by id."""

import json
from typing import Annotated, Any, NotRequired, TypedDict

from pydantic import AfterValidator, Field, WithJsonSchema

from nexus import artifacts, log, seen, suspicion, trust, workspaces
from nexus.catalog import catalog
from nexus.fields import MaybeText, ProjectRoot, PublicId
from nexus.ids import ordered_id
from nexus.models import Artifact
from pulse_project.core import ahead, clock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.inputs import Input
from pulse_project.core.principals import IDENTITY, Caller

ArtifactType = Annotated[
    str, AfterValidator(artifacts.known_type), WithJsonSchema({"type": "string", "enum": list(Artifact.Type.values)})
]


class ArtifactPut(Input):
    """An artifact with content, or with the path of a file inside the project."""

    project_root: ProjectRoot
    artifact_type: ArtifactType
    name: MaybeText = None
    path: MaybeText = Field(None, description="File inside the project; only its size is read.")
    content: MaybeText = Field(None, description="Text, kept byte for byte, up to max_inline_bytes.")
    metadata: Any = Field(None, description="Any JSON value.")


class ArtifactGet(Input):
    """One artifact of a workspace."""

    project_root: ProjectRoot
    artifact_id: PublicId


class ArtifactStored(TypedDict):
    """`path` is there when the artifact is a file."""

    artifact_id: str
    workspace_id: str
    artifact_type: str
    stored: str
    size_bytes: int
    created_at: str
    path: NotRequired[str]


class ArtifactFound(TypedDict):
    """`content` of an inline artifact, `path` of a file."""

    artifact_id: str
    workspace_id: str
    artifact_type: str
    stored: str
    name: str | None
    size_bytes: int
    metadata: Any
    created_at: str
    created_by: str | None
    content: NotRequired[str]
    path: NotRequired[str]
    flags: NotRequired[list[str]]


def _look_ahead(caller: Caller, data: ArtifactPut) -> workspaces.Folder:
    """The project's folder, and the file in it that the artifact names."""
    root = workspaces.look_ahead(caller, data).root
    file = ahead.look(artifacts.located, root, data.path, data.content is not None)
    return workspaces.Folder(root, file)


@catalog.operation(needs="artifacts.put", writes=True, before=_look_ahead)
def artifact_put(caller: Caller, data: ArtifactPut) -> ArtifactStored:
    """Share a text, JSON or Markdown by id, or the path of a file inside the project.

    Event: artifact.created.
    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, CONTENT_TOO_LARGE, PATH_OUTSIDE_WORKSPACE,
    PERMISSION_DENIED.
    """
    kind = Artifact.Type(data.artifact_type)
    workspace, _ = workspaces.ensure(data.project_root, caller)
    folder: workspaces.Folder = ahead.value()
    held = artifacts.holding(kind, file=folder.content, path=data.path, content=data.content)
    artifact = Artifact.objects.create(
        artifact_id=ordered_id("art"),
        workspace_id=workspace.pk,
        artifact_type=kind,
        stored=held.stored,
        name=data.name,
        path=data.path or None,
        content=data.content,
        size_bytes=held.size_bytes,
        metadata=artifacts.metadata_text(data.metadata),
        actor_key_agent=caller.agent_id or "",
    )
    actor = caller.agent_id or ""
    payload = {
        "artifact_id": artifact.artifact_id,
        "artifact_type": kind.value,
        "stored": held.stored.value,
        "name": data.name,
        "size_bytes": held.size_bytes,
    }
    log.emit(workspace.pk, "artifact.created", caller=caller, actor=actor, payload=payload)
    if actor:
        seen.stamp(caller, actor)
    answer: ArtifactStored = {
        "artifact_id": artifact.artifact_id,
        "workspace_id": workspace.workspace_id,
        "artifact_type": kind.value,
        "stored": held.stored.value,
        "size_bytes": held.size_bytes,
        "created_at": clock.iso(artifact.created_us) or "",
    }
    if held.stored is Artifact.Stored.PATH:
        answer["path"] = data.path or ""
    return answer


@catalog.operation(needs=IDENTITY, untrusted=("content", "metadata", "name"))
def artifact_get(caller: Caller, data: ArtifactGet) -> ArtifactFound:
    """Read an artifact: its content, or the path of the file it stands for (never the file's bytes).

    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    """
    trust.demand_content(caller)
    workspace = workspaces.locate(data.project_root, caller)
    artifact = Artifact.objects.filter(artifact_id=data.artifact_id, workspace_id=workspace.pk).first()
    if artifact is None:
        raise Failure(Code.NOT_FOUND, "No such artifact.", field="artifact_id")
    answer: ArtifactFound = {
        "artifact_id": artifact.artifact_id,
        "workspace_id": workspace.workspace_id,
        "artifact_type": artifact.artifact_type,
        "stored": artifact.stored,
        "name": artifact.name,
        "size_bytes": artifact.size_bytes,
        "metadata": None if artifact.metadata is None else json.loads(artifact.metadata),
        "created_at": clock.iso(artifact.created_us) or "",
        "created_by": artifact.actor_key_agent or None,
    }
    if artifact.stored == Artifact.Stored.INLINE:
        answer["content"] = artifact.content or ""
        answer["flags"] = suspicion.flags_of(artifact.content or "")
    else:
        answer["path"] = artifact.path or ""
    return answer
