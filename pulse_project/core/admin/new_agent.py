"""The page that makes an agent and shows its first key once."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from pulse_project.core import executor
from pulse_project.core.admin.confirmation import ConfirmForm, is_confirmed
from pulse_project.core.admin.front import Page, add_page
from pulse_project.core.models import Agent, PermissionPreset
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

OPERATION = "admin_agent_create"


class NewAgent(forms.Form):
    """What an operator says about a new agent."""

    agent_id = forms.CharField(
        max_length=128, label="Agent id", help_text="Its name on the bus, such as coder-1. It cannot be changed."
    )
    role = forms.CharField(
        max_length=200, required=False, help_text="What it does, such as developer. Others address it by role."
    )
    capabilities = forms.CharField(
        max_length=1000, required=False, help_text="Comma-separated, such as python, review."
    )
    preset = forms.ModelChoiceField(
        queryset=PermissionPreset.objects.filter(scope="bus"),
        to_field_name="preset_id",
        required=False,
        empty_label="Everything that agents may do",
    )

    def arguments(self) -> dict[str, object]:
        """Arguments of the operation; what was left empty is not said."""
        given = self.cleaned_data
        names = [name.strip() for name in given["capabilities"].split(",") if name.strip()]
        optional = {
            "role": given["role"] or None,
            "capabilities": names or None,
            "preset_id": given["preset"].preset_id if given["preset"] else None,
        }
        return {"agent_id": given["agent_id"], **{name: value for name, value in optional.items() if value}}


def view(request: HttpRequest) -> HttpResponse:
    """GET the form, POST it: the next page shows the key."""
    posted = request.POST if request.method == "POST" else None
    form = NewAgent(posted)
    confirm = None if is_confirmed(request) else ConfirmForm(request, posted)
    context = {
        **admin.site.each_context(request),
        "title": "New agent",
        "opts": Agent._meta,
        "form": form,
        "confirm": confirm,
    }
    if posted is None or not form.is_valid() or (confirm is not None and not confirm.is_valid()):
        return TemplateResponse(request, "admin/new_agent.html", context, status=400 if posted else 200)
    outcome = executor.call_sync(REGISTRY[OPERATION], form.arguments(), caller_of(request))
    if outcome.failure is not None:
        form.add_error(None, outcome.failure.message)
        return TemplateResponse(request, "admin/new_agent.html", context, status=outcome.http_status)
    shown = [(outcome.result["agent_id"], outcome.result["api_key"])]
    response = TemplateResponse(request, "admin/shown_once.html", {**context, "title": "Agent created", "shown": shown})
    add_never_cache_headers(response)
    return response


add_page(
    Page("core/agent/new/", "new_agent", "New agent", "Makes an agent and shows its key once.", "operator.agents", view)
)
