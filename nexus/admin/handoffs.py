"""Handoffs and tasks in the admin."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from nexus.models import Handoff, Task
from pulse_project.core import clock
from pulse_project.core.admin.actions import OperationAction, Reason
from pulse_project.core.admin.base import LogAdmin, RecordAdmin, since
from pulse_project.core.admin.display import NOTHING, excerpt, instant, state
from pulse_project.core.templatetags.shell import ago, badge

STATUSES = {
    "OPEN": ("open", "info", "circle-dashed"),
    "CLAIMED": ("claimed", "warning", "hand"),
    "COMPLETED": ("completed", "success", "circle-check"),
    "REJECTED": ("rejected", "danger", "circle-x"),
    "CANCELLED": ("cancelled", "neutral", "ban"),
}
TITLE_KEYS = ("task", "title", "subject")


def summary(payload: str | None) -> str:
    """What a handoff is about: its payload's task, title or subject, else the beginning of the payload."""
    text = payload or ""
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return excerpt(text)
        text = next((str(found[key]) for key in TITLE_KEYS if found.get(key)), text)
    return excerpt(text)


def described(target: dict[str, Any]) -> str:
    """A target in words: "role reviewer", "bob"; composed ones as JSON."""
    match target.get("strategy"):
        case "direct":
            return str(target.get("agent_id"))
        case "role":
            return f"role {target.get('role')}"
        case "capability":
            named = target.get("capability")
            return f"capability {', '.join(named) if isinstance(named, list) else named}"
        case "broadcast":
            return "everybody"
        case _:
            return json.dumps(target, ensure_ascii=False)


class LeaseFilter(admin.SimpleListFilter):
    """Claims whose lease runs or ran out."""

    title = "lease"
    parameter_name = "lease"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("running", "Running"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Handoff]") -> "QuerySet[Handoff]":
        claimed = queryset.filter(status=Handoff.Status.CLAIMED)
        if self.value() == "running":
            return claimed.filter(lease_us__gt=clock.now_us())
        return claimed.filter(lease_us__lte=clock.now_us()) if self.value() == "expired" else queryset


def _with_reason(record: Handoff, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"handoff_id": record.handoff_id, "workspace": record.workspace.workspace_id, "reason": answers["reason"]}


def _release(record: Handoff, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"handoff_id": record.handoff_id, "reason": answers["reason"]}


@admin.register(Handoff)
class HandoffAdmin(LogAdmin):
    """Work that exactly one agent takes."""

    list_display = ("title", "from_agent_id", "aim", "status_shown", "claimed_by", "lease", "workspace", "created")
    list_filter = ("status", LeaseFilter, since("created_us", "created"), "visibility", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("handoff_id", "payload", "from_agent_id", "claimed_by")
    ordering = ("-id",)
    created = instant("created_us", "created")
    status_shown = state("status", "status", STATUSES)
    operation_actions = (
        OperationAction(
            "cancel",
            "Cancel",
            "admin_handoff_cancel",
            _with_reason,
            form=Reason,
            danger=True,
            applies=lambda record: record.status in ("OPEN", "CLAIMED"),
            consequence="The work is called off for good. The agents that could have taken it see the reason.",
        ),
        OperationAction(
            "release",
            "Release claim",
            "admin_handoff_release",
            _release,
            form=Reason,
            danger=True,
            applies=lambda record: record.status == "CLAIMED",
            consequence="The handoff is open again; what its claimant still delivers is refused.",
        ),
    )

    @admin.display(description="summary")
    def title(self, handoff: Handoff) -> str:
        return summary(handoff.payload) or handoff.handoff_id

    @admin.display(description="target")
    def aim(self, handoff: Handoff) -> str:
        return excerpt(described(json.loads(handoff.target)), 60)

    @admin.display(description="lease until", ordering="lease_us")
    def lease(self, handoff: Handoff) -> SafeString | str:
        if handoff.status != Handoff.Status.CLAIMED or handoff.lease_us is None:
            return NOTHING
        return badge("expired", "warning", "timer-off") if handoff.lease_us <= clock.now_us() else ago(handoff.lease_us)


@admin.register(Task)
class TaskAdmin(RecordAdmin):
    """Tasks that handoffs may name."""

    list_display = ("title_text", "status", "created_by", "workspace", "created")
    list_filter = ("status", "workspace")
    list_select_related = ("workspace",)
    search_fields = ("title", "task_id")
    created = instant("created_us", "created")

    @admin.display(description="title")
    def title_text(self, task: Task) -> str:
        return excerpt(task.title)
