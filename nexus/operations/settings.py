"""Settings that operators change while Pulse runs."""

from typing import Annotated, Any, TypedDict

from pydantic import Field

from nexus.catalog import operators
from pulse_project.core import settings_store
from pulse_project.core.errors import Code
from pulse_project.core.inputs import Fails, Input, NoInput
from pulse_project.core.operations import Route
from pulse_project.core.principals import Caller


class SettingList(TypedDict):
    items: list[settings_store.SettingItem]
    version: int


class Applied(TypedDict):
    applied: dict[str, Any]


class Cleared(TypedDict):
    cleared: list[str]


@operators.operation(
    needs="operator.settings",
    rest="GET settings",
)
def settings_list(caller: Caller, data: NoInput) -> SettingList:
    """Every setting that can be changed while Pulse runs: value, default, range and where the value came from.

    `version` grows with every change; send it as `expected_version` to refuse a lost update.
    """
    return {"items": settings_store.describe(), "version": settings_store.version()}


class SettingsUpdate(Input):
    values: Annotated[dict[str, Any], Field(min_length=1, max_length=100), Fails(Code.INVALID_SETTING)] = Field(
        description="Setting names and their new values."
    )
    expected_version: int | None = Field(
        None, description="Refuse with VERSION_CONFLICT unless this is still the version."
    )


def values_of(body: dict[str, Any]) -> dict[str, Any]:
    """The published body is the bare object of settings."""
    version = body.pop("expected_version", None)
    idempotency = {"idempotency_key": body.pop("idempotency_key")} if "idempotency_key" in body else {}
    return {"values": body, "expected_version": version, **idempotency}


@operators.operation(
    needs="operator.settings",
    writes=True,
    rest=Route("PATCH settings", coerce=values_of),
)
def settings_update(caller: Caller, data: SettingsUpdate) -> Applied:
    """Change settings; all of them or none. In force at once in every process.

    Errors: INVALID_SETTING, VERSION_CONFLICT.
    Event: settings.changed.
    """
    return {"applied": settings_store.change(data.values, caller, expected_version=data.expected_version)}


@operators.operation(
    needs="operator.settings",
    writes=True,
    rest="POST settings/reset",
    destructive=True,
)
def settings_reset(caller: Caller, data: NoInput) -> Cleared:
    """Forget every changed setting, so that defaults are in force again.

    Event: settings.changed.
    """
    return {"cleared": settings_store.reset(caller)}
