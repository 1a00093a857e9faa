"""The overview, the list of events, and their panels one by one."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pulse_project.core.domain_feed import DomainSource
from pulse_project.core.errors import Failure
from telemetry.pages import first_steps
from telemetry.pages.doorway import Visitor, readers_only
from telemetry.pages.filters import ALL, CUSTOM, LABELS
from telemetry.pages.look import Look
from telemetry.pages.panels import LISTED, OVERVIEW, PANELS, drawn


@require_safe
@readers_only
def overview(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """GET /telemetry/: every panel of the overview for the span and filters of the address."""
    look = visitor.look
    context = _frame(look, path="/telemetry/")
    context["panels"] = {panel.name.replace("-", "_"): drawn(panel, look) for panel in OVERVIEW}
    context["first_steps"] = first_steps.of(request) if _is_store_empty(look) else None
    return render(request, "telemetry/overview.html", context)


@require_safe
@readers_only
def events(request: HttpRequest, visitor: Visitor) -> HttpResponseBase:
    """GET /telemetry/events/: events by receipt, a page at a time."""
    context = _frame(visitor.look, path="/telemetry/events/")
    context["list"] = drawn(LISTED, visitor.look)
    return render(request, "telemetry/events.html", context)


@require_safe
@readers_only
def panel(request: HttpRequest, visitor: Visitor, name: str) -> HttpResponseBase:
    """GET /telemetry/panel/<name>/: one panel, for refetching after a live event."""
    if name not in PANELS:
        raise Http404
    shown = drawn(PANELS[name], visitor.look)
    return render(request, shown["panel"].template, {"shown": shown})


def _frame(look: Look, *, path: str) -> dict[str, Any]:
    """What the filter bar needs. The cursor is read before any figure, so that the live feed misses nothing."""
    cursor = f"d{DomainSource().head()}"
    spans = [(name, label, name == look.filters.range) for name, label in LABELS.items()]
    return {
        "path": path,
        "cursor": cursor,
        "filters": look.filters,
        "spans": spans,
        "is_custom": look.filters.range == CUSTOM,
        "everything": ALL,
        "known_types": look.known("type"),
        "known_sources": look.known("source"),
        "narrows_events": not look.filters.target or look.knows_targets(),
    }


def _is_store_empty(look: Look) -> bool:
    try:
        return look.is_store_empty()
    except Failure:
        return False
