"""Retention and recount by hand: look first, then do exactly what was looked at."""

from typing import Any, Final

from django.contrib import admin
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from pulse_project.core import executor
from pulse_project.core.admin.front import Page, add_page
from pulse_project.core.operations import REGISTRY
from pulse_project.core.page_caller import caller_of

FLAG: Final = "operator.telemetry"
SALT: Final = "pulse.telemetry.prune"
SIMULATION_SECONDS: Final = 900
OTHERS: Final = {
    "outcomes": "hourly figures of records",
    "drain_runs": "journal of drains",
    "drain_positions": "positions in drained files",
    "notices": "notices of what came in",
}


def prune(request: HttpRequest) -> HttpResponse:
    """GET explains; POST `step=simulate` counts; POST `step=delete` with the simulation's token deletes."""
    context: dict[str, Any] = {**admin.site.each_context(request), "title": "Prune telemetry"}
    status = 200
    if request.method == "POST":
        outcome = _call(request, "telemetry_retention_run", **_arguments(request))
        context |= _of_prune(request, outcome)
        status = outcome.http_status
    return TemplateResponse(request, "admin/telemetry/prune.html", context, status=status)


def _arguments(request: HttpRequest) -> dict[str, Any]:
    """Only a simulation that this user ran in the last quarter of an hour names the time to delete up to."""
    if request.POST.get("step") != "delete":
        return {"dry_run": True}
    try:
        simulated = signing.loads(request.POST.get("simulation", ""), salt=SALT, max_age=SIMULATION_SECONDS)
    except signing.BadSignature:
        return {"dry_run": True}
    if simulated["user"] != request.user.pk:
        return {"dry_run": True}
    return {"dry_run": False, "as_of": simulated["as_of"]}


def _of_prune(request: HttpRequest, outcome: executor.Outcome) -> dict[str, Any]:
    if outcome.failure is not None:
        return {"failure": outcome.failure}
    report = outcome.result
    others = [(OTHERS.get(name, name), count) for name, count in report["others"].items()]
    token = signing.dumps({"user": request.user.pk, "as_of": report["now"]}, salt=SALT)
    total = report["total_deleted"] + sum(count for _, count in others)
    return {"report": report, "others": others, "total": total, "simulation": token if report["dry_run"] else ""}


def recount(request: HttpRequest) -> HttpResponse:
    """GET explains; POST recounts, and repairs when that is asked for."""
    context: dict[str, Any] = {**admin.site.each_context(request), "title": "Recount telemetry"}
    status = 200
    if request.method == "POST":
        outcome = _call(request, "telemetry_recount", repair=request.POST.get("step") == "repair")
        context |= {"failure": outcome.failure, "report": outcome.result}
        status = outcome.http_status
    return TemplateResponse(request, "admin/telemetry/recount.html", context, status=status)


def _call(request: HttpRequest, operation: str, **arguments: Any) -> executor.Outcome:
    return executor.call_sync(REGISTRY[operation], arguments, caller_of(request))


add_page(
    Page(
        "telemetry/prune/",
        "telemetry_prune",
        "Prune telemetry",
        "Deletes events past the days of their type, after a simulation.",
        FLAG,
        prune,
    )
)
add_page(
    Page(
        "telemetry/recount/",
        "telemetry_recount",
        "Recount telemetry",
        "Proves that metrics equal the events, and puts right what does not.",
        FLAG,
        recount,
    )
)
