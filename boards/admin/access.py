"""Grants and shares in the admin."""

from typing import Any

from django.contrib import admin

from boards.admin.presets import DIFF_GRANTS
from boards.models import BoardGrant, BoardShare
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import RecordAdmin
from pulse_project.core.admin.display import instant


@admin.register(BoardGrant)
class BoardGrantAdmin(RecordAdmin):
    """Which agents work on which boards."""

    list_display = ("agent", "board", "preset", "taken_away", "granted_by", "granted")
    list_select_related = ("agent__board_preset", "board")
    list_filter = ("board", ("agent__board_preset", admin.RelatedOnlyFieldListFilter))
    search_fields = ("agent__agent_id", "board__name")
    ordering = ("-granted_at",)
    operation_actions = (
        OperationAction(
            "revoke",
            "Revoke",
            "okto_pulse_revoke_board",
            lambda record, _: {"agent_id": record.agent.agent_id, "board_id": str(record.board_id)},
            danger=True,
            consequence="The agents lose the boards at once.",
        ),
        DIFF_GRANTS,
    )
    granted = instant("granted_at", "Granted")

    @admin.display(description="Preset", ordering="agent__board_preset__name")
    def preset(self, record: BoardGrant) -> str:
        return record.agent.board_preset.name if record.agent.board_preset else ""

    @admin.display(description="Flags taken away")
    def taken_away(self, record: Any) -> int:
        return len(record.overrides)


@admin.register(BoardShare)
class BoardShareAdmin(RecordAdmin):
    """Which people come to which boards."""

    list_display = ("user", "board", "permission", "shared_by", "since")
    list_select_related = ("user", "board")
    list_filter = ("permission", "board")
    search_fields = ("user__username", "board__name")
    ordering = ("-created_at",)
    since = instant("created_at", "Since")
