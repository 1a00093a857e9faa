"""Agents, keys and presets in the admin."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import RecordAdmin
from pulse_project.core.admin.display import NOTHING, instant, state
from pulse_project.core.models import Agent, ApiKey, LoginLink, PermissionPreset
from pulse_project.core.page_caller import caller_of
from pulse_project.core.templatetags.shell import ago, badge


class PresetChoice(forms.Form):
    """Which preset the agents get."""

    preset = forms.ModelChoiceField(queryset=PermissionPreset.objects.filter(scope="bus"), to_field_name="preset_id")


class KeyTerms(forms.Form):
    """What the new key is called and whether it may write."""

    label = forms.CharField(max_length=128, required=False, help_text="Where the key will be used, for your own list.")
    is_read_only = forms.BooleanField(required=False, label="Read only")


def _agent(record: Agent, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent_id": record.agent_id}


def _new_key(record: Agent, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent_id": record.agent_id, "label": answers["label"], "is_read_only": answers["is_read_only"]}


def _with_preset(record: Agent, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"agent_id": record.agent_id, "preset_id": answers["preset"].preset_id}


AGENT_ACTIONS = (
    OperationAction(
        "rotate_key",
        "Rotate key",
        "admin_key_rotate",
        _agent,
        shows="api_key",
        reauthenticates=True,
        consequence="Every key of the agent stops working at once. The new key is shown once, on the next page.",
    ),
    OperationAction(
        "issue_key",
        "Issue another key",
        "admin_key_issue",
        _new_key,
        form=KeyTerms,
        shows="api_key",
        reauthenticates=True,
        consequence="The agent gets one more key, shown once on the next page. The others go on working.",
    ),
    OperationAction(
        "deactivate",
        "Deactivate",
        "admin_agent_update",
        lambda record, _: {"agent_id": record.agent_id, "is_active": False},
        danger=True,
        applies=lambda record: record.is_active,
        consequence="The agent's keys are refused until it is activated again.",
    ),
    OperationAction(
        "activate",
        "Activate",
        "admin_agent_update",
        lambda record, _: {"agent_id": record.agent_id, "is_active": True},
        applies=lambda record: not record.is_active,
        consequence="The agent's keys work again.",
    ),
    OperationAction(
        "apply_preset",
        "Apply preset",
        "admin_agent_update",
        _with_preset,
        form=PresetChoice,
        consequence="The agent's permissions become a copy of the preset's.",
    ),
)


class HasKey(admin.SimpleListFilter):
    """Agents with or without a live key."""

    title = "key"
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Has a key"), ("no", "Has no key")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Agent]") -> "QuerySet[Agent]":
        wanted = {"yes": Q(live_keys__gt=0), "no": Q(live_keys=0)}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


@admin.register(Agent)
class AgentAdmin(RecordAdmin):
    """Agents: who may call, with which rights."""

    list_display: Any = ("agent_id", "role_text", "active", "key", "key_issued", "last_seen", "bus_preset")
    list_filter: ClassVar[Any] = ("is_active", HasKey, "bus_preset", "is_operator")
    list_select_related = ("bus_preset",)
    search_fields = ("agent_id", "name", "role")
    operation_actions = AGENT_ACTIONS
    active = state(
        "is_active", "active", {True: ("active", "success", "circle-check"), False: ("inactive", "neutral", "ban")}
    )
    last_seen = instant("last_seen_at", "last seen")

    def get_queryset(self, request: HttpRequest) -> Any:
        live = Q(keys__revoked_at__isnull=True)
        newest = ApiKey.objects.filter(agent=OuterRef("pk"), revoked_at__isnull=True).order_by("-created_at")
        return (
            super()
            .get_queryset(request)
            .annotate(
                live_keys=Count("keys", filter=live),
                key_prefix=Subquery(newest.values("prefix")[:1]),
                key_created=Subquery(newest.values("created_at")[:1]),
            )
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_create = caller_of(request).holds("operator.agents")
        return super().changelist_view(request, {"may_create": may_create, **(extra_context or {})})

    @admin.display(description="role")
    def role_text(self, agent: Agent) -> str:
        return (agent.role or NOTHING)[:60]

    @admin.display(description="key", ordering="live_keys")
    def key(self, agent: Any) -> SafeString | str:
        if not agent.live_keys:
            return badge("no key", "warning", "key-round")
        return f"{agent.key_prefix}…" + (f" (+{agent.live_keys - 1})" if agent.live_keys > 1 else "")

    @admin.display(description="key issued", ordering="key_created")
    def key_issued(self, agent: Any) -> SafeString | str:
        return ago(agent.key_created) if agent.key_created else NOTHING


class KeyState(admin.SimpleListFilter):
    """Live and revoked keys."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", "Live"), ("revoked", "Revoked")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[ApiKey]") -> "QuerySet[ApiKey]":
        if self.value() not in {"live", "revoked"}:
            return queryset
        return queryset.filter(revoked_at__isnull=self.value() == "live")


@admin.register(ApiKey)
class ApiKeyAdmin(RecordAdmin):
    """Keys: prefix and use, never the key."""

    list_display = ("prefix_text", "agent", "scope", "label", "live", "issued", "used", "expires_at")
    list_filter = (KeyState, "scope", "is_read_only")
    list_select_related = ("agent",)
    search_fields = ("prefix", "label", "agent__agent_id")
    hidden_fields = ("key_hash",)
    issued = instant("created_at", "issued")
    used = instant("last_used_at", "last used")
    operation_actions = (
        OperationAction(
            "revoke",
            "Revoke",
            "admin_key_revoke",
            lambda record, _: {"key_id": record.pk},
            danger=True,
            applies=lambda record: record.revoked_at is None,
            consequence="The key stops working at once, for good. Open connections that use it are closed.",
        ),
    )

    @admin.display(description="key", ordering="prefix")
    def prefix_text(self, key: ApiKey) -> str:
        return f"{key.prefix}…"

    @admin.display(description="state", ordering="revoked_at")
    def live(self, key: ApiKey) -> SafeString:
        return badge("revoked", "neutral", "ban") if key.revoked_at else badge("live", "success", "circle-check")


@admin.register(PermissionPreset)
class PermissionPresetAdmin(RecordAdmin):
    """Presets: named permissions that agents copy."""

    list_display = ("name", "scope", "is_builtin", "users", "description")
    list_filter = ("scope", "is_builtin")
    search_fields = ("name", "preset_id", "description")

    def get_queryset(self, request: HttpRequest) -> Any:
        agents = Count("bus_agents", distinct=True) + Count("board_agents", distinct=True)
        return super().get_queryset(request).annotate(agents=agents)

    @admin.display(description="agents", ordering="agents")
    def users(self, preset: Any) -> int:
        return int(preset.agents)


@admin.register(LoginLink)
class LoginLinkAdmin(RecordAdmin):
    """One-time links: who got one and whether it was used."""

    list_display = ("user", "created", "expires", "used")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    list_filter = ("user",)
    hidden_fields = ("token_hash",)
    created = instant("created_at", "created")
    expires = instant("expires_at", "expires")
    used = instant("used_at", "used")
