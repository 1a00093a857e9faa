"""Settings changed while Pulse runs: stored, announced on the domain log, in force at once in every process."""

from collections.abc import Mapping
from typing import Any, TypedDict

from pulse_project.core import clock, conf, db, outbox
from pulse_project.core.errors import Code, Failure
from pulse_project.core.logs_format import echoed
from pulse_project.core.models import StoredSetting, StoreMark
from pulse_project.core.principals import Caller

VERSION_MARK = "settings_version"


class SettingItem(TypedDict):
    """One setting as REST, the admin and the docs show it."""

    key: str
    type: str
    description: str
    value: Any
    default: Any
    min: int | None
    max: int | None
    choices: list[str] | None
    source: str
    editable: bool
    requires_restart: bool


def describe() -> list[SettingItem]:
    """Every setting that may be changed while Pulse runs, with its value and where that came from."""
    return [_item(setting) for setting in conf.DECLARED.values() if setting.editable]


def _item(setting: conf.Setting) -> SettingItem:
    resolved = conf.resolved()
    source = resolved.sources[setting.name]
    low, high = setting.runtime if isinstance(setting.runtime, tuple) else (None, None)
    return {
        "key": setting.name,
        "type": "enum" if setting.choices else "str" if setting.type is str else setting.type.__name__,
        "description": setting.help,
        "value": getattr(resolved.settings, setting.name),
        "default": setting.default,
        "min": low,
        "max": high,
        "choices": list(setting.choices) or None,
        "source": source,
        "editable": source not in {"cli", "env"},
        "requires_restart": setting.requires_restart,
    }


def version() -> int:
    """Grows by one with every change; what `expected_version` is compared with."""
    mark = StoreMark.objects.filter(name=VERSION_MARK).first()
    return int(mark.value) if mark else 1


def change(values: Mapping[str, Any], caller: Caller, *, expected_version: int | None = None) -> dict[str, Any]:
    """Store and announce new values (inside a write transaction); all or nothing."""
    before = conf.current()
    for key, value in values.items():
        _check(key, value)
    _advance_version(expected_version)
    for key, value in values.items():
        StoredSetting.objects.update_or_create(
            key=key, defaults={"value": value, "changed_by": caller.name, "changed_at": clock.now()}
        )
    changes = {key: {"from": getattr(before, key), "to": value} for key, value in values.items()}
    outbox.emit("settings.changed", caller=caller, entity=("settings", ",".join(values)[:160]), changes=changes)
    db.after_commit(reload)
    return dict(values)


def _check(key: str, value: Any) -> None:
    setting = conf.DECLARED.get(key)
    if setting is None or not setting.editable:
        known = ", ".join(item.name for item in conf.DECLARED.values() if item.editable)
        raise Failure(
            Code.INVALID_SETTING, f"That is not a setting that can be changed here. Known: {known}.", key=echoed(key)
        )
    source = conf.resolved().sources[key]
    if source in {"cli", "env"}:
        raise Failure(
            Code.INVALID_SETTING,
            f"{key} is fixed by the {'command line' if source == 'cli' else 'environment'}. "
            "Change it there and restart.",
            key=key,
            source=source,
        )
    try:
        conf.check_runtime(setting, value)
    except conf.ConfigError as error:
        raise Failure(Code.INVALID_SETTING, str(error), key=key) from error


def reset(caller: Caller) -> list[str]:
    """Forget every stored value (inside a write transaction); answers the keys that were cleared."""
    cleared = sorted(StoredSetting.objects.values_list("key", flat=True))
    StoredSetting.objects.all().delete()
    _advance_version(None)
    outbox.emit("settings.changed", caller=caller, entity=("settings", "*"), cleared=cleared)
    db.after_commit(reload)
    return cleared


def _advance_version(expected: int | None) -> None:
    current = version()
    if expected is not None and expected != current:
        raise Failure(
            Code.VERSION_CONFLICT,
            "The settings were changed since you read them. Read them again.",
            expected_version=expected,
            current_version=current,
        )
    StoreMark.objects.update_or_create(name=VERSION_MARK, defaults={"value": current + 1})


def reload() -> None:
    """Read the stored values and put them in force in this process."""
    conf.apply_stored(dict(StoredSetting.objects.values_list("key", "value")))
