"""Permission presets, as operators manage them."""

from typing import Annotated, Any, TypedDict

from pydantic import Field

from nexus.catalog import operators
from pulse_project.core import clock, flags, identity
from pulse_project.core.inputs import Input, NoInput, NonEmpty
from pulse_project.core.models import PermissionPreset
from pulse_project.core.principals import Caller

Name = Annotated[NonEmpty, Field(max_length=100)]

DESCRIPTIONS = {
    "messages.send_direct": "Send messages to named agents, roles or capabilities.",
    "messages.send_broadcast": "Send messages to everybody present.",
    "messages.send_channel": "File messages in a channel.",
    "messages.allowed_peers": "The only agents it may write to; empty = all.",
    "handoffs.create": "Offer work.",
    "handoffs.work": "Claim, finish and reject work.",
    "handoffs.cancel": "Take back work it offered.",
    "channels.create": "Make channels.",
    "artifacts.put": "Register artifacts.",
    "events.read": "Read and wait for events.",
    "telemetry.read": "Read telemetry: events of producers and figures over them.",
    "telemetry.ingest": "Send telemetry.",
    "limits.messages_per_minute": "Messages a minute; 0 = unlimited.",
    "limits.max_recipients": "Recipients of one message; 0 = unlimited.",
}


class PresetRow(TypedDict):
    preset_id: str
    name: str
    description: str
    builtin: bool
    flags: Any
    version: int
    created_at: str | None


class PresetList(TypedDict):
    items: list[PresetRow]
    registry: dict[str, Any]
    descriptions: dict[str, str]


def preset_row(preset: PermissionPreset) -> PresetRow:
    return {
        "preset_id": preset.preset_id,
        "name": preset.name,
        "description": preset.description,
        "builtin": preset.is_builtin,
        "flags": preset.flags,
        "version": preset.revision,
        "created_at": clock.iso(clock.to_us(preset.created_at)),
    }


@operators.operation(
    needs="operator.observe",
    rest="GET presets",
)
def admin_preset_list(caller: Caller, data: NoInput) -> PresetList:
    """The presets, built-in ones first, and every flag they can hold."""
    rows = PermissionPreset.objects.filter(scope=PermissionPreset.Scope.BUS).order_by("-is_builtin", "id")
    return {
        "items": [preset_row(preset) for preset in rows],
        "registry": flags.full_bus_permissions(),
        "descriptions": DESCRIPTIONS,
    }


class NewPreset(Input):
    name: Name
    description: str = Field("", max_length=4000)
    flags: dict[str, Any] | None = Field(None, description="Laid over everything allowed.")


@operators.operation(
    needs="operator.agents",
    writes=True,
    rest="POST presets",
)
def admin_preset_create(caller: Caller, data: NewPreset) -> PresetRow:
    """Make a preset.

    Errors: VALIDATION_ERROR, CONFLICT.
    Event: preset.created.
    """
    return preset_row(identity.create_preset(caller, data.name, description=data.description, permissions=data.flags))


class PresetChange(Input):
    preset_id: NonEmpty
    name: Name = ""
    description: str | None = Field(None, max_length=4000)
    flags: dict[str, Any] | None = None
    expected_version: int | None = Field(
        None, description="Refuse with VERSION_CONFLICT unless this is still the version."
    )


@operators.operation(
    needs="operator.agents",
    writes=True,
    rest="PATCH presets/<path:preset_id>",
)
def admin_preset_update(caller: Caller, data: PresetChange) -> PresetRow:
    """Change a preset; agents keep the flags they copied. Built-in presets stay as they are.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT, CONFLICT.
    Event: preset.updated.
    """
    changes = data.model_dump(exclude={"preset_id", "expected_version"}, exclude_unset=True)
    return preset_row(
        identity.update_preset(caller, data.preset_id, expected_version=data.expected_version, changes=changes)
    )


class OnePreset(Input):
    preset_id: NonEmpty


class DeletedPreset(TypedDict):
    preset_id: str
    deleted: bool


@operators.operation(
    needs="operator.agents",
    writes=True,
    destructive=True,
    rest="DELETE presets/<path:preset_id>",
)
def admin_preset_delete(caller: Caller, data: OnePreset) -> DeletedPreset:
    """Delete a preset; agents keep the flags they copied. Built-in presets stay.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: preset.deleted.
    """
    identity.delete_preset(caller, data.preset_id)
    return {"preset_id": data.preset_id, "deleted": True}
