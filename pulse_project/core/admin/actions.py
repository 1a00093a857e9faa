"""Admin actions: each one calls an operation for the selected records, after a page that says what will happen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from pulse_project.core import executor, toolsets
from pulse_project.core.admin.confirmation import ConfirmForm, is_confirmed
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

MOST_AT_ONCE = 500
Arguments = Callable[[Any, Mapping[str, Any]], dict[str, Any]]


class NoQuestions(forms.Form):
    """An action that asks nothing but "really?"."""


class Reason(forms.Form):
    """Why a person steps in; the agents concerned read it."""

    reason = forms.CharField(
        max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Told to the agents that are concerned."
    )


@dataclass(frozen=True)
class OperationAction:
    """One admin action: which operation it calls with which arguments for a record, and what the page before says.

    `consequence` is one sentence. `shows` names the secret of the result, shown once. `reauthenticates` asks for the
    password when the session was not confirmed in the last ten minutes.
    """

    name: str
    label: str
    operation: str
    arguments: Arguments
    consequence: str
    form: type[forms.Form] = NoQuestions
    shows: str = ""
    reauthenticates: bool = False
    danger: bool = False
    applies: Callable[[Any], bool] = field(default=lambda record: True)

    def run(self, model_admin: Any, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Django's protocol for an action: the page to show, or None for the list again."""
        records = list(queryset[: MOST_AT_ONCE + 1])
        if len(records) > MOST_AT_ONCE:
            messages.error(request, f"At most {MOST_AT_ONCE} records at once. Narrow the list with a filter.")
            return None
        suited = [record for record in records if self.applies(record)]
        if not suited:
            messages.error(request, f"None of the selected records is in a state for “{self.label}”.")
            return None
        return self._ask_or_act(model_admin, request, suited, len(records) - len(suited))

    def _ask_or_act(
        self, model_admin: Any, request: HttpRequest, records: list[Any], unsuited: int
    ) -> HttpResponse | None:
        posted = request.POST if "confirmed" in request.POST else None
        form = self.form(posted)
        confirm = ConfirmForm(request, posted) if self.reauthenticates and not is_confirmed(request) else None
        if posted is None or not form.is_valid() or (confirm is not None and not confirm.is_valid()):
            return self._page(model_admin, request, records, unsuited, form, confirm)
        done = [self._call(model_admin, request, record, form.cleaned_data) for record in records]
        if self.shows and any(item.outcome.failure is None for item in done):
            return self._secrets(model_admin, request, done)
        _report(request, self.label, done)
        return None

    def _call(self, model_admin: Any, request: HttpRequest, record: Any, answers: Mapping[str, Any]) -> "Done":
        outcome = executor.call_sync(REGISTRY[self.operation], self.arguments(record, answers), caller_of(request))
        if outcome.failure is None:
            model_admin.log_change(request, record, f"{self.label} ({self.operation})")
        return Done(record, outcome)

    def _page(
        self,
        model_admin: Any,
        request: HttpRequest,
        records: list[Any],
        unsuited: int,
        form: forms.Form,
        confirm: ConfirmForm | None,
    ) -> HttpResponse:
        context = {
            **model_admin.admin_site.each_context(request),
            "title": self.label,
            "action": self,
            "records": records,
            "unsuited": unsuited,
            "form": form,
            "confirm": confirm,
            "opts": model_admin.model._meta,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context, status=400 if form.is_bound else 200)

    def _secrets(self, model_admin: Any, request: HttpRequest, done: "Sequence[Done]") -> HttpResponse:
        shown = [(item.record, item.outcome.result.get(self.shows)) for item in done if item.outcome.failure is None]
        failed = [item for item in done if item.outcome.failure is not None]
        context = {
            **model_admin.admin_site.each_context(request),
            "title": self.label,
            "shown": shown,
            "failed": failed,
            "opts": model_admin.model._meta,
        }
        response = TemplateResponse(request, "admin/shown_once.html", context)
        add_never_cache_headers(response)
        return response


@dataclass(frozen=True)
class Done:
    """What became of one record."""

    record: Any
    outcome: executor.Outcome


def _report(request: HttpRequest, label: str, done: Sequence[Done]) -> None:
    succeeded = sum(1 for item in done if item.outcome.failure is None)
    if succeeded:
        messages.success(request, f"{label}: done for {succeeded} of {len(done)}.")
    for item in done:
        if item.outcome.failure is not None:
            messages.error(request, f"{item.record}: {item.outcome.failure.message} ({item.outcome.failure.code})")


def allowed(request: HttpRequest, action: OperationAction) -> bool:
    """Whether the user behind the request holds what the operation needs."""
    operation = REGISTRY.get(action.operation)
    caller = caller_of(request)
    if operation is None or caller.read_only:
        return False
    if operation.scoped:
        return toolsets.suffice(operation, caller.flags)
    return all(caller.holds(flag) for flag in operation.flags)
