"""The pages that make an ingest token, a retention rule, a payload key or an alert, each by calling its operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from pulse_project.core import executor
from pulse_project.core.admin.confirmation import ConfirmForm, is_confirmed
from pulse_project.core.admin.front import Page, add_page
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of
from telemetry.admin.decisions import Condition, Days
from telemetry.admin.tokens import TokenTerms
from telemetry.models import AlertRule, IngestGrant, PayloadKey, RetentionRule

FLAG: Final = "operator.telemetry"
Answers = Mapping[str, Any]


class NewToken(TokenTerms):
    """A token: what it is for, and until when it works."""

    label = forms.CharField(max_length=128, required=False, help_text="Where the token is used, for your own list.")
    expires_at = forms.DateTimeField(
        required=False, label="Expires (UTC)", help_text="2027-01-31 12:00; empty = never."
    )
    field_order = ("label", "source", "durability", "events_per_minute", "expires_at")


class NewRule(Days):
    """How long events of a type are kept."""

    event_type = forms.CharField(max_length=256, help_text="The type, or * for all that have no rule of their own.")
    field_order = ("event_type", "keep_days")


class NewKey(forms.Form):
    """A key of payloads."""

    name = forms.CharField(max_length=100, help_text="A key of the payload's outermost object, such as target.")


class NewAlert(Condition):
    """A metric, and when somebody should hear of it."""

    name = forms.CharField(max_length=100)
    metric = forms.ChoiceField(choices=AlertRule.Metric.choices)
    event_type = forms.CharField(max_length=256, required=False, help_text="Empty = every type.")
    source = forms.CharField(max_length=256, required=False, help_text="Empty = every source.")
    target = forms.CharField(
        max_length=256, required=False, help_text="Only for passed verifications; empty = every one."
    )
    field_order = ("name", "metric", "comparison", "threshold", "window_minutes", "event_type", "source", "target")


@dataclass(frozen=True)
class NewRecord:
    """One page: the form, the operation that its answers go to, and the secret of the result, if it has one."""

    model: type[models.Model]
    form: type[forms.Form]
    operation: str
    text: str
    shows: str = ""

    @property
    def title(self) -> str:
        return f"New {self.model._meta.verbose_name}"

    @property
    def path(self) -> str:
        return f"telemetry/{self.model._meta.model_name}/new/"

    def view(self, request: HttpRequest) -> HttpResponse:
        """GET the form, POST it: the next page is the list, or shows the secret once."""
        posted = request.POST if request.method == "POST" else None
        form = self.form(posted)
        confirm = ConfirmForm(request, posted) if self.shows and not is_confirmed(request) else None
        context = {
            **admin.site.each_context(request),
            "title": self.title,
            "text": self.text,
            "opts": self.model._meta,
            "form": form,
            "confirm": confirm,
        }
        if posted is None or not form.is_valid() or (confirm is not None and not confirm.is_valid()):
            return TemplateResponse(request, "admin/new_record.html", context, status=200 if posted is None else 400)
        outcome = executor.call_sync(REGISTRY[self.operation], given(form.cleaned_data), caller_of(request))
        if outcome.failure is not None:
            form.add_error(None, outcome.failure.message)
            return TemplateResponse(request, "admin/new_record.html", context, status=outcome.http_status)
        return self._done(request, context, outcome.result)

    def _done(self, request: HttpRequest, context: dict[str, Any], result: Answers) -> HttpResponse:
        if not self.shows:
            return HttpResponseRedirect(reverse(f"admin:telemetry_{self.model._meta.model_name}_changelist"))
        shown = [(result.get("label") or self.model._meta.verbose_name, result[self.shows])]
        response = TemplateResponse(request, "admin/shown_once.html", {**context, "shown": shown})
        add_never_cache_headers(response)
        return response


def given(answers: Answers) -> dict[str, Any]:
    """Arguments of an operation; what was left empty is not said."""
    texts = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in answers.items()}
    return {name: value for name, value in texts.items() if value not in (None, "")}


RECORDS: Final = (
    NewRecord(
        IngestGrant,
        NewToken,
        "telemetry_token_create",
        "A producer sends it as Authorization: Bearer. It stores telemetry and opens nothing else.",
        shows="token",
    ),
    NewRecord(
        RetentionRule,
        NewRule,
        "telemetry_retention_create",
        "The next hourly pass deletes events of the type that are older. Metrics go on counting them.",
    ),
    NewRecord(
        PayloadKey,
        NewKey,
        "telemetry_payload_key_create",
        "Events can be filtered by the key once earlier ones are indexed, which begins within seconds.",
    ),
    NewRecord(
        AlertRule,
        NewAlert,
        "telemetry_alert_create",
        "The server looks every minute, and tells when the condition begins and ceases to hold.",
    ),
)

for _record in RECORDS:
    _name = f"new_{_record.model._meta.model_name}"
    add_page(Page(_record.path, _name, _record.title, _record.text, FLAG, _record.view, listed=bool(_record.shows)))
