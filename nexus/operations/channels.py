"""Channels: labels to file messages under."""

from typing import Annotated, TypedDict

from pydantic import Field

from nexus import workspaces
from nexus.catalog import catalog
from nexus.fields import ProjectRoot
from nexus.ids import ordered_id
from nexus.models import Channel
from nexus.workspaces import WorkspaceRef
from pulse_project.core import clock, db, names
from pulse_project.core.inputs import Fails, Input
from pulse_project.core.principals import IDENTITY, Caller

GENERAL = "general"


class ChannelShape(TypedDict):
    channel_id: str
    workspace_id: str
    name: str
    created_at: str | None


class CreatedChannel(TypedDict):
    channel: ChannelShape
    created: bool


class ChannelList(TypedDict):
    channels: list[ChannelShape]


def _shape(channel: Channel, workspace: WorkspaceRef) -> ChannelShape:
    return {
        "channel_id": channel.channel_id,
        "workspace_id": workspace.workspace_id,
        "name": channel.name,
        "created_at": clock.iso(channel.created_us),
    }


def _named(workspace: WorkspaceRef, name: str) -> tuple[Channel, bool]:
    return Channel.objects.get_or_create(
        workspace_id=workspace.pk, name=name, defaults={"channel_id": ordered_id("chn")}
    )


class NewChannel(Input):
    project_root: ProjectRoot
    name: Annotated[
        str, Field(min_length=1, description="At most 64 characters; blanks around it are dropped."), Fails(rank=1)
    ]


@catalog.operation(needs="channels.create", writes=True, before=workspaces.look_ahead, idempotent=True)
def channel_create(caller: Caller, data: NewChannel) -> CreatedChannel:
    """Create a channel, or find the one of that name.

    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED, VALIDATION_ERROR, PERMISSION_DENIED.
    """
    name = names.checked(data.name.strip(" \t"), "name", limit=names.MAX_CHANNEL)
    workspace, _ = workspaces.ensure(data.project_root, caller)
    channel, created = _named(workspace, name)
    return {"channel": _shape(channel, workspace), "created": created}


class ListChannels(Input):
    project_root: ProjectRoot


@catalog.operation(needs=IDENTITY, untrusted=("channels[].name",))
def channel_list(caller: Caller, data: ListChannels) -> ChannelList:
    """The channels of a workspace; `general` is made at the first look.

    Errors: WORKSPACE_REQUIRED, WORKSPACE_UNRESOLVED.
    """
    workspace = workspaces.locate(data.project_root, caller)
    channels = _channels(workspace)
    if not caller.read_only and GENERAL not in (channel.name for channel in channels):
        with db.write_tx():
            workspace, _ = workspaces.ensure(data.project_root, caller)
            _named(workspace, GENERAL)
        channels = _channels(workspace)
    return {"channels": [_shape(channel, workspace) for channel in channels]}


def _channels(workspace: WorkspaceRef) -> list[Channel]:
    return list(Channel.objects.filter(workspace_id=workspace.pk).order_by("id"))
