"""Retention by hand: simulate first, then delete exactly what the simulation counted."""

from typing import Any

from django.contrib import admin
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from pulse_project.core import executor
from pulse_project.core.admin.front import Page, add_page
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

OPERATION = "admin_prune"
SALT = "pulse.prune"
SIMULATION_SECONDS = 900
TABLES = {"events": "events", "message_deliveries": "read deliveries", "sessions": "closed sessions"}


def view(request: HttpRequest) -> HttpResponse:
    """GET explains; POST `step=simulate` counts; POST `step=delete` with the simulation's token deletes."""
    context: dict[str, Any] = {**admin.site.each_context(request), "title": "Prune", "tables": TABLES}
    status = 200
    if request.method == "POST":
        vacuum = request.POST.get("vacuum") == "on"
        outcome = (
            _delete(request) if request.POST.get("step") == "delete" else _run(request, dry_run=True, vacuum=vacuum)
        )
        context |= _shown(request, outcome)
        status = outcome.http_status
    return TemplateResponse(request, "admin/prune.html", context, status=status)


def _run(request: HttpRequest, **arguments: Any) -> executor.Outcome:
    return executor.call_sync(REGISTRY[OPERATION], arguments, caller_of(request))


def _delete(request: HttpRequest) -> executor.Outcome:
    """Only a simulation that this user ran in the last quarter of an hour names the time to delete up to."""
    try:
        simulated = signing.loads(request.POST.get("simulation", ""), salt=SALT, max_age=SIMULATION_SECONDS)
    except signing.BadSignature:
        return _run(request, dry_run=True)
    if simulated["user"] != request.user.pk:
        return _run(request, dry_run=True)
    return _run(request, dry_run=False, as_of=simulated["as_of"], vacuum=simulated["vacuum"])


def _shown(request: HttpRequest, outcome: executor.Outcome) -> dict[str, Any]:
    if outcome.failure is not None:
        return {"failure": outcome.failure}
    report = outcome.result
    rows = [(TABLES.get(name, name), table) for name, table in report["tables"].items()]
    token = {"user": request.user.pk, "as_of": report["now"], "vacuum": report["vacuum"]["requested"]}
    return {"report": report, "rows": rows, "simulation": signing.dumps(token, salt=SALT) if report["dry_run"] else ""}


add_page(
    Page(
        "nexus/prune/",
        "nexus_prune",
        "Prune",
        "Deletes what is past its retention, after a simulation.",
        "operator.prune",
        view,
    )
)
