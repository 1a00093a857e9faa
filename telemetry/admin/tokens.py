"""Ingest tokens in the admin."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from pulse_project.core import clock
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.display import NOTHING
from pulse_project.core.templatetags.shell import ago, badge
from telemetry.admin.lists import MadeHereAdmin
from telemetry.models import Durability, IngestGrant
from telemetry.operations.tokens import MOST_PER_MINUTE

LIVE, EXPIRED, REVOKED = "live", "expired", "revoked"
LOOKS = {
    LIVE: ("live", "success", "circle-check"),
    EXPIRED: ("expired", "warning", "timer-off"),
    REVOKED: ("revoked", "neutral", "ban"),
}


class TokenTerms(forms.Form):
    """What a token's records are called, when they are answered, and how many may come."""

    source = forms.CharField(max_length=256, required=False, help_text="Empty = what each producer names.")
    durability = forms.ChoiceField(choices=Durability.choices, initial=Durability.FULL, label="Answered")
    events_per_minute = forms.IntegerField(
        min_value=0, max_value=MOST_PER_MINUTE, initial=0, help_text="0 = unlimited."
    )


def _is_live(record: IngestGrant) -> bool:
    return record.key.revoked_at is None


def _one(record: IngestGrant, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {"token_id": record.pk, **answers}


class TokenState(admin.SimpleListFilter):
    """Tokens that open something, and those that do not any more."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state) for state in LOOKS]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[IngestGrant]") -> "QuerySet[IngestGrant]":
        has_ended = Q(key__expires_at__lte=clock.now())
        is_revoked = Q(key__revoked_at__isnull=False)
        wanted = {LIVE: ~is_revoked & ~has_ended, EXPIRED: ~is_revoked & has_ended, REVOKED: is_revoked}
        found = wanted.get(self.value() or "")
        return queryset if found is None else queryset.filter(found)


@admin.register(IngestGrant)
class IngestGrantAdmin(MadeHereAdmin):
    """Ingest tokens: what they may send, never the token."""

    list_display = ("prefix", "label", "source", "durability", "events_per_minute", "state", "used", "expires")
    list_filter = (TokenState, "durability")
    list_select_related = ("key",)
    search_fields = ("source", "key__label", "key__prefix")
    ordering = ("-id",)
    operation_actions = (
        OperationAction(
            "rotate",
            "Rotate token",
            "telemetry_token_rotate",
            _one,
            shows="token",
            reauthenticates=True,
            applies=_is_live,
            consequence="The token stops working at once, everywhere. The new one is shown once, on the next page.",
        ),
        OperationAction(
            "change",
            "Change terms",
            "telemetry_token_update",
            _one,
            form=TokenTerms,
            reauthenticates=True,
            applies=_is_live,
            consequence="The new terms hold for the next request. The token itself stays.",
        ),
        OperationAction(
            "revoke",
            "Revoke token",
            "telemetry_token_revoke",
            _one,
            danger=True,
            applies=_is_live,
            consequence="The token stops working at once, for good. Producers that use it are refused.",
        ),
    )

    @admin.display(description="token", ordering="key__prefix")
    def prefix(self, grant: IngestGrant) -> str:
        return f"{grant.key.prefix}…"

    @admin.display(description="label", ordering="key__label")
    def label(self, grant: IngestGrant) -> str:
        return grant.key.label or NOTHING

    @admin.display(description="state")
    def state(self, grant: IngestGrant) -> SafeString:
        key = grant.key
        has_ended = key.expires_at is not None and key.expires_at <= clock.now()
        return badge(*LOOKS[REVOKED if key.revoked_at else EXPIRED if has_ended else LIVE])

    @admin.display(description="last used", ordering="key__last_used_at")
    def used(self, grant: IngestGrant) -> SafeString | str:
        return ago(grant.key.last_used_at) if grant.key.last_used_at else NOTHING

    @admin.display(description="expires", ordering="key__expires_at")
    def expires(self, grant: IngestGrant) -> SafeString | str:
        return ago(grant.key.expires_at) if grant.key.expires_at else NOTHING
