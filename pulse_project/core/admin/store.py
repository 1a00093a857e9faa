"""Settings, kept answers and marks of the store, in the admin."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin

from pulse_project.core import conf
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import FilledValues, LogAdmin, RecordAdmin, since
from pulse_project.core.admin.display import NOTHING, instant
from pulse_project.core.models import IdempotencyRecord, StoredSetting, StoreMark


def _to_default(record: StoredSetting, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": {record.key: conf.DECLARED[record.key].default}}


@admin.register(StoredSetting)
class StoredSettingAdmin(RecordAdmin):
    """Settings changed while Pulse runs."""

    list_display = ("key", "value", "default", "in_force", "changed_by", "changed")
    list_filter = (("changed_by", FilledValues),)
    search_fields = ("key", "changed_by")
    changed = instant("changed_at", "changed")
    operation_actions = (
        OperationAction(
            "to_default",
            "Set to the default",
            "settings_update",
            _to_default,
            applies=lambda record: record.key in conf.DECLARED,
            consequence="The setting gets its default value, in every process at once.",
        ),
    )

    @admin.display(description="default")
    def default(self, record: StoredSetting) -> str:
        declared = conf.DECLARED.get(record.key)
        return str(declared.default) if declared else NOTHING

    @admin.display(description="in force from")
    def in_force(self, record: StoredSetting) -> str:
        return conf.resolved().sources.get(record.key, NOTHING)


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(LogAdmin):
    """Answers kept for repeated calls; the answers themselves are not shown."""

    list_display = ("operation", "key", "scope", "created")
    list_filter = (since("created_us", "time"), "operation")
    search_fields = ("operation", "key", "scope")
    ordering = ("-id",)
    hidden_fields = ("answer", "fingerprint")
    created = instant("created_us", "kept since")


@admin.register(StoreMark)
class StoreMarkAdmin(RecordAdmin):
    """What the store knows of itself."""

    list_display = ("name", "value")
    search_fields = ("name",)
