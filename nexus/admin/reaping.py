"""Closing sessions that fell silent long ago, without waiting for the next access to their workspace."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from nexus.models import Session
from nexus.presence_windows import reap_before_us
from pulse_project.core import conf, executor
from pulse_project.core.admin.front import Page, add_page
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

OPERATION = "admin_session_reap"


def view(request: HttpRequest) -> HttpResponse:
    """GET says how many sessions it concerns, POST closes them."""
    if request.method == "POST":
        outcome = executor.call_sync(REGISTRY[OPERATION], {}, caller_of(request))
        if outcome.failure is None:
            messages.success(request, f"Silent sessions closed: {outcome.result['closed']}.")
            return HttpResponseRedirect("/admin/nexus/session/?state=closed")
        messages.error(request, f"{outcome.failure.message} ({outcome.failure.code})")
    silent = Session.objects.filter(closed_us__isnull=True, last_heartbeat_us__lt=reap_before_us()).count()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Reap silent sessions",
        "silent": silent,
        "hours": conf.current().session_reap_seconds / 3600,
    }
    return TemplateResponse(request, "admin/reap.html", context)


add_page(
    Page(
        "nexus/reap/",
        "nexus_reap",
        "Reap silent sessions",
        "Closes sessions without a heartbeat for long.",
        "operator.bus",
        view,
    )
)
