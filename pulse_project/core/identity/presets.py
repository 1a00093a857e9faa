"""Named permission sets that agents copy: four built-in ones, and the operator's own."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from pulse_project.core import auth, db, flags, ids, names, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.identity.guards import demand_version
from pulse_project.core.identity.permissions import Document, complete
from pulse_project.core.logs_format import echoed
from pulse_project.core.models import PermissionPreset
from pulse_project.core.principals import Caller

MAX_NAME = 100
READING = {"events": {"read": True}, "telemetry": {"read": True, "ingest": False}}
NOTHING: Document = {group: dict.fromkeys(names_, False) for group, names_ in flags.BUS_FLAGS.items()}
BUILTIN: Mapping[str, tuple[str, str, Document]] = {
    "builtin:full": ("Full", "Everything an agent may do.", {}),
    "builtin:coordinator": (
        "Coordinator",
        "Plans and delegates: everything but working on handoffs.",
        {"handoffs": {"work": False}},
    ),
    "builtin:worker": (
        "Worker",
        "Works on what it is given: no broadcast, no handoffs or channels of its own.",
        {
            "messages": {"send_broadcast": False},
            "handoffs": {"create": False, "cancel": False},
            "channels": {"create": False},
        },
    ),
    "builtin:observer": ("Observer", "Reads only.", {**NOTHING, **READING}),
}


def ensure_builtin_presets() -> None:
    """Make the built-in rows or bring them up to date; after every migrate."""
    for preset_id, (name, description, document) in BUILTIN.items():
        PermissionPreset.objects.update_or_create(
            preset_id=preset_id,
            defaults={
                "scope": PermissionPreset.Scope.BUS,
                "name": name,
                "description": description,
                "is_builtin": True,
                "flags": complete(document),
            },
        )


def create_preset(
    caller: Caller, name: str, *, description: str = "", permissions: Mapping[str, Any] | None = None
) -> PermissionPreset:
    """A preset of the operator's own. Event: preset.created. Errors: VALIDATION_ERROR, CONFLICT (the name is taken)."""
    preset = PermissionPreset(
        preset_id=ids.new_id("prs"),
        scope=PermissionPreset.Scope.BUS,
        name=_checked_name(name),
        description=description,
        flags=complete(permissions),
    )
    _save(preset, is_new=True)
    _announce("preset.created", caller, preset)
    return preset


def update_preset(
    caller: Caller, preset_id: str, *, expected_version: int | None = None, changes: Mapping[str, Any]
) -> PermissionPreset:
    """Change `name`, `description` or `flags`; agents keep what they copied. Event: preset.updated.

    Errors: NOT_FOUND, PERMISSION_DENIED (built-in), VERSION_CONFLICT, VALIDATION_ERROR, CONFLICT.
    """
    preset = _own(preset_id)
    demand_version(expected_version, preset.revision, "preset")
    if "name" in changes:
        preset.name = _checked_name(changes["name"])
    if "description" in changes:
        preset.description = changes["description"] or ""
    if "flags" in changes:
        preset.flags = complete(changes["flags"])
    preset.revision += 1
    _save(preset, is_new=False)
    _announce("preset.updated", caller, preset, changed=sorted(changes))
    return preset


def delete_preset(caller: Caller, preset_id: str) -> None:
    """Delete a preset; agents keep what they copied. Event: preset.deleted. Errors: NOT_FOUND, PERMISSION_DENIED."""
    preset = _own(preset_id)
    _announce("preset.deleted", caller, preset)
    preset.delete()


def _own(preset_id: str) -> PermissionPreset:
    presets = PermissionPreset.objects.filter(scope=PermissionPreset.Scope.BUS)
    preset = presets.select_for_update().filter(preset_id=preset_id).first()
    if preset is None:
        raise Failure(Code.NOT_FOUND, "No such preset.", preset_id=echoed(preset_id))
    if preset.is_builtin:
        raise Failure(Code.PERMISSION_DENIED, "Built-in presets cannot be changed. Make a copy under a new name.")
    return preset


def _checked_name(name: Any) -> str:
    text = names.checked(name, "name", limit=MAX_NAME)
    if text.casefold() in {builtin.casefold() for builtin, _, _ in BUILTIN.values()}:
        raise Failure(Code.VALIDATION_ERROR, "name belongs to a built-in preset.", field="name")
    return text


def _save(preset: PermissionPreset, *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            preset.save(force_insert=is_new)
    except IntegrityError as error:
        raise Failure(Code.CONFLICT, "A preset with that name exists.") from error


def _announce(event: str, caller: Caller, preset: PermissionPreset, **payload: Any) -> None:
    outbox.emit(
        event,
        caller=caller,
        entity=("preset", preset.preset_id),
        revision=preset.revision,
        preset_id=preset.preset_id,
        name=preset.name,
        **payload,
    )
    db.after_commit(auth.forget)
