"""Presets of board flags: the seven published ones and the operator's own. Agents keep the flags they copied."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from boards import flags
from pulse_project.core import auth, db, ids, names, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import PermissionPreset
from pulse_project.core.principals import Caller

MAX_NAME = 100
DESCRIPTIONS: Mapping[str, str] = {
    "Full Control": "Everything that agents may do on a board.",
    "Spec": "Authors ideations, refinements, specs, sprint plans and cards; judges nothing and moves no card.",
    "QA": "Writes scenarios and test cards, and moves cards to done; judges nothing.",
    "Validator": "Judges specs, cards and sprints, and moves what it has judged.",
    "Sprint Manager": "Runs sprints, assigns cards to them and evaluates them; makes no card.",
    "Reporter": "Reads everything, reports bugs, asks and votes.",
    "Executor": "Works on cards up to validation and writes their reports; makes no test cards, judges nothing.",
}
BUILTIN: Mapping[str, str] = {f"board:{slugify(name)}": name for name in flags.PRESETS}


def ensure_builtin_presets() -> None:
    """Make the published rows or bring them up to date; after every migrate."""
    for preset_id, name in BUILTIN.items():
        PermissionPreset.objects.update_or_create(
            preset_id=preset_id,
            defaults={
                "scope": PermissionPreset.Scope.BOARD,
                "name": name,
                "description": DESCRIPTIONS[name],
                "is_builtin": True,
                "flags": sorted(flags.PRESETS[name]),
            },
        )


def preset_named(preset_id: str, *, lock: bool = False) -> PermissionPreset:
    """The board preset with that id. Errors: NOT_FOUND."""
    presets = PermissionPreset.objects.filter(scope=PermissionPreset.Scope.BOARD, preset_id=preset_id)
    preset = (presets.select_for_update() if lock else presets).first()
    if preset is None:
        raise Failure(Code.NOT_FOUND, "No such preset.", field="preset_id")
    return preset


def laid_over(base: Iterable[str], document: Any) -> list[str]:
    """The granted flags of a preset: `document` (nested or flat, true adds and false takes away) over `base`.

    Errors: VALIDATION_ERROR; also for a flag that agents get one by one only, never by a preset.
    """
    leaves = flags.leaves_of(document, "flags") if document is not None else {}
    if not leaves.keys() <= set(flags.PUBLISHED):
        raise Failure(
            Code.VALIDATION_ERROR,
            "A preset holds no flags for governing a board. Give them to one agent.",
            field="flags",
        )
    added = {name for name, granted in leaves.items() if granted}
    return sorted((frozenset(base) | added) - (leaves.keys() - added))


def create_preset(caller: Caller, name: str, description: str, granted: list[str]) -> PermissionPreset:
    """A preset of the operator's own. Event: preset.created. Errors: VALIDATION_ERROR, DUPLICATE (the name)."""
    preset = PermissionPreset(
        preset_id=ids.new_id("prs"),
        scope=PermissionPreset.Scope.BOARD,
        name=names.checked(name, "name", limit=MAX_NAME),
        description=description,
        flags=granted,
    )
    _save(preset, is_new=True)
    _announce("preset.created", caller, preset)
    return preset


def update_preset(caller: Caller, preset: PermissionPreset, changes: Mapping[str, Any]) -> None:
    """Set `name`, `description` or `flags` (the granted ones). Event: preset.updated.

    Errors: VALIDATION_ERROR, DUPLICATE.
    """
    if "name" in changes:
        names.checked(changes["name"], "name", limit=MAX_NAME)
    for field, value in changes.items():
        setattr(preset, field, value)
    preset.revision += 1
    _save(preset, is_new=False)
    _announce("preset.updated", caller, preset, changed=sorted(changes))


def delete_preset(caller: Caller, preset: PermissionPreset) -> None:
    """Delete a preset; agents keep the flags they copied. Event: preset.deleted."""
    _announce("preset.deleted", caller, preset)
    preset.delete()


def own_preset(preset_id: str) -> PermissionPreset:
    """A preset that may be changed, locked. Errors: NOT_FOUND, PERMISSION_DENIED (a published one)."""
    preset = preset_named(preset_id, lock=True)
    if preset.is_builtin:
        raise Failure(
            Code.PERMISSION_DENIED, "Built-in presets stay as they are. Clone one under a new name.", reason="built_in"
        )
    return preset


def _save(preset: PermissionPreset, *, is_new: bool) -> None:
    if preset.name.casefold() in {name.casefold() for name in flags.PRESETS}:
        raise _name_taken()
    try:
        with transaction.atomic():
            preset.save(force_insert=is_new)
    except IntegrityError as error:
        raise _name_taken() from error


def _name_taken() -> Failure:
    return Failure(Code.DUPLICATE, "A preset with that name exists. Choose another name.", field="name")


def _announce(event: str, caller: Caller, preset: PermissionPreset, **payload: Any) -> None:
    outbox.emit(
        event,
        caller=caller,
        entity=("preset", preset.preset_id),
        revision=preset.revision,
        preset_id=preset.preset_id,
        name=preset.name,
        scope=preset.scope,
        **payload,
    )
    db.after_commit(auth.forget)
