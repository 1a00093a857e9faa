"""Presets of board flags: the published ones and the operator's own."""

from typing import Annotated, Any, TypedDict

from django.db.models import Count, QuerySet
from pydantic import Field

from boards import presets
from boards.catalog import everywhere_people
from boards.flags import PUBLISHED, document_of
from boards.inputs import MAX_SHORT, UNCHANGED, BoardInput, ExpectedVersion
from boards.instants import iso
from boards.paging import Following, Paged, as_result, page_of
from pulse_project.core import identity
from pulse_project.core.models import PermissionPreset
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller

PresetId = Annotated[str, Field(min_length=1, max_length=64)]
Name = Annotated[str, Field(min_length=1, max_length=presets.MAX_NAME)]
Words = Annotated[str, Field(max_length=MAX_SHORT)]
Flags = Annotated[
    dict[str, Any] | None,
    Field(description="{group: {part: {flag: bool}}} or {flag: bool}, laid over the flags before."),
]
FOREIGN = ("name", "description")


class PresetOut(TypedDict):
    """A preset. `flags` is complete: `{group: {part: {flag: bool}}}`; `flag_count` counts the granted ones."""

    id: str
    name: str
    description: str
    is_builtin: bool
    flags: dict[str, Any]
    flag_count: int
    revision: int
    created_at: str | None


def row(preset: PermissionPreset) -> PresetOut:
    return {
        "id": preset.preset_id,
        "name": preset.name,
        "description": preset.description,
        "is_builtin": preset.is_builtin,
        "flags": document_of(preset.flags),
        "flag_count": len(preset.flags),
        "revision": preset.revision,
        "created_at": iso(preset.created_at),
    }


class ListedPreset(PresetOut):
    agent_count: int


class PresetList(Following):
    presets: list[ListedPreset]


@everywhere_people.operation(
    needs="operator.observe",
    rest=Route("GET presets", view=as_result("presets")),
    untrusted=tuple(f"presets[].{name}" for name in FOREIGN),
)
def list_presets(caller: Caller, data: Paged) -> PresetList:
    """Every preset of board flags, built-in ones first, with the number of agents that copied it.

    Errors: VALIDATION_ERROR, PERMISSION_DENIED.
    """
    rows = PermissionPreset.objects.filter(scope=PermissionPreset.Scope.BOARD)
    counted: QuerySet[Any] = rows.annotate(agents=Count("board_agents"))
    found, cursor = page_of(counted, ("-is_builtin", "name", "id"), data)
    return {"presets": [{**row(preset), "agent_count": preset.agents} for preset in found], "next_cursor": cursor}


class NewPreset(BoardInput):
    name: Name
    description: Words = ""
    base_preset_id: str = Field("", max_length=64, description="Begin with its flags; empty = everything published.")
    flags: Flags = None


@everywhere_people.operation(
    needs="presets.manage", writes=True, rest=Route("POST presets", status=201), untrusted=FOREIGN
)
def create_preset(caller: Caller, data: NewPreset) -> PresetOut:
    """Make a preset from another or from everything published.

    Errors: VALIDATION_ERROR, NOT_FOUND, DUPLICATE, PERMISSION_DENIED.
    Event: preset.created.
    """
    base = presets.preset_named(data.base_preset_id).flags if data.base_preset_id else PUBLISHED
    granted = presets.laid_over(base, data.flags)
    return row(presets.create_preset(caller, data.name, data.description, granted))


class ClonePreset(BoardInput):
    preset_id: PresetId
    name: Name
    description: Words | None = None
    flags: Flags = None


@everywhere_people.operation(
    needs="presets.manage", writes=True, rest=Route("POST presets/<str:preset_id>/clone", status=201), untrusted=FOREIGN
)
def clone_preset(caller: Caller, data: ClonePreset) -> PresetOut:
    """Make a preset from another under a new name, single flags changed.

    Errors: VALIDATION_ERROR, NOT_FOUND, DUPLICATE, PERMISSION_DENIED.
    Event: preset.created.
    """
    base = presets.preset_named(data.preset_id)
    description = base.description if data.description is None else data.description
    granted = presets.laid_over(base.flags, data.flags)
    return row(presets.create_preset(caller, data.name, description, granted))


class UpdatePreset(BoardInput):
    preset_id: PresetId
    name: Annotated[Name, UNCHANGED] = ""
    description: Annotated[Words | None, UNCHANGED] = None
    flags: Flags = None
    expected_version: ExpectedVersion = None


@everywhere_people.operation(needs="presets.manage", writes=True, rest="PUT presets/<str:preset_id>", untrusted=FOREIGN)
def update_preset(caller: Caller, data: UpdatePreset) -> PresetOut:
    """Change a preset of your own; agents keep the flags they copied. Built-in presets stay as they are.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED, VERSION_CONFLICT, DUPLICATE.
    Event: preset.updated.
    """
    preset = presets.own_preset(data.preset_id)
    identity.demand_version(data.expected_version, preset.revision, "preset")
    given = data.model_fields_set
    changes: dict[str, Any] = {}
    if "name" in given:
        changes["name"] = data.name
    if "description" in given:
        changes["description"] = data.description or ""
    if data.flags is not None:
        changes["flags"] = presets.laid_over(preset.flags, data.flags)
    if changes:
        presets.update_preset(caller, preset, changes)
    return row(preset)


class OnePreset(BoardInput):
    preset_id: PresetId


class DeletedPreset(TypedDict):
    success: bool


@everywhere_people.operation(
    needs="presets.manage", writes=True, destructive=True, rest="DELETE presets/<str:preset_id>"
)
def delete_preset(caller: Caller, data: OnePreset) -> DeletedPreset:
    """Delete a preset of your own; agents keep the flags they copied. Built-in presets stay.

    Errors: VALIDATION_ERROR, NOT_FOUND, PERMISSION_DENIED.
    Event: preset.deleted.
    """
    presets.delete_preset(caller, presets.own_preset(data.preset_id))
    return {"success": True}
