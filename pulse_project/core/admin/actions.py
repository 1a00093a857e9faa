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

from pulse_project.core import executor
from pulse_project.core.admin import results
from pulse_project.core.admin.choosing import MOST_AT_ONCE, Chosen, chosen
from pulse_project.core.admin.confirmation import ConfirmForm, is_confirmed
from pulse_project.core.errors import Failure
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

Calls = dict[str, Any] | Sequence[dict[str, Any]]
Arguments = Callable[[Any, Mapping[str, Any]], Calls]


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

    `arguments` may answer several calls, made in order until one is refused. `consequence` is one sentence;
    `foresees` adds what can be counted. `questions` makes the form for the chosen records, where `form` is not enough.
    `shows` names the secret of the result, shown once. `reauthenticates` asks for the password when the session was
    not confirmed in the last ten minutes.
    """

    name: str
    label: str
    operation: str
    arguments: Arguments
    consequence: str
    form: type[forms.Form] = NoQuestions
    questions: Callable[[Sequence[Any]], type[forms.Form]] | None = None
    foresees: Callable[[Sequence[Any]], Sequence[str]] = field(default=lambda records: ())
    shows: str = ""
    reauthenticates: bool = False
    danger: bool = False
    applies: Callable[[Any], bool] = field(default=lambda record: True)
    at_most: int = MOST_AT_ONCE

    def run(self, model_admin: Any, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse | None:
        """Django's protocol for an action: the page to show, or None for the list again."""
        found = chosen(self, request, queryset)
        return None if found is None else self._ask_or_act(model_admin, request, found)

    def _ask_or_act(self, model_admin: Any, request: HttpRequest, found: Chosen) -> HttpResponse | None:
        posted = request.POST if "confirmed" in request.POST else None
        form = (self.questions(found.records) if self.questions else self.form)(posted)
        confirm = ConfirmForm(request, posted) if self.reauthenticates and not is_confirmed(request) else None
        if posted is None or not form.is_valid() or (confirm is not None and not confirm.is_valid()):
            return self._page(model_admin, request, found, form, confirm)
        done = [self._act(model_admin, request, record, form.cleaned_data) for record in found.records]
        if self.shows and any(item.failure is None for item in done):
            return self._secrets(model_admin, request, done)
        return self._told(model_admin, request, done)

    def _act(self, model_admin: Any, request: HttpRequest, record: Any, answers: Mapping[str, Any]) -> "Done":
        wanted = self.arguments(record, answers)
        calls = [wanted] if isinstance(wanted, dict) else list(wanted)
        done = Done(record, len(calls))
        for arguments in calls:
            done.outcome = executor.call_sync(REGISTRY[self.operation], arguments, caller_of(request))
            if done.failure is not None:
                break
            done.taken += 1
        if done.taken:
            model_admin.log_change(request, record, f"{self.label} ({self.operation})")
        return done

    def _page(
        self, model_admin: Any, request: HttpRequest, found: Chosen, form: forms.Form, confirm: ConfirmForm | None
    ) -> HttpResponse:
        context = {
            **model_admin.admin_site.each_context(request),
            "title": self.label,
            "action": self,
            "records": found.records,
            "unsuited": found.unsuited,
            "foreseen": self.foresees(found.records),
            "form": form,
            "confirm": confirm,
            "opts": model_admin.model._meta,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context, status=400 if form.is_bound else 200)

    def _secrets(self, model_admin: Any, request: HttpRequest, done: "Sequence[Done]") -> HttpResponse:
        shown = [(item.record, item.outcome.result.get(self.shows)) for item in done if item.failure is None]
        context = {
            **model_admin.admin_site.each_context(request),
            "title": self.label,
            "shown": shown,
            "failed": [item for item in done if item.failure is not None],
            "opts": model_admin.model._meta,
        }
        response = TemplateResponse(request, "admin/shown_once.html", context)
        add_never_cache_headers(response)
        return response

    def _told(self, model_admin: Any, request: HttpRequest, done: "Sequence[Done]") -> HttpResponse | None:
        """A message when everything went through, else a page with every reason."""
        rows = [results.refused(item.record, item.failure, item.note) for item in done if item.failure is not None]
        succeeded = len(done) - len(rows)
        summary = f"{self.label}: done for {succeeded} of {len(done)}."
        if not rows:
            messages.success(request, summary)
            return None
        return results.page(model_admin, request, results.Report(self.label, summary, rows))


@dataclass
class Done:
    """What became of one record: the last outcome, and how many of its calls were taken."""

    record: Any
    wanted: int
    taken: int = 0
    outcome: executor.Outcome = field(default_factory=executor.Outcome)

    @property
    def failure(self) -> Failure | None:
        return self.outcome.failure

    @property
    def note(self) -> str:
        return f"{self.taken} of {self.wanted} steps were taken." if self.taken else ""
