"""Events as rows and as pages of their own."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from telemetry.event_places import place_of
from telemetry.pages.doorway import Visitor, readers_only
from telemetry.pages.filters import Filters
from telemetry.pages.lines import event_line, received
from telemetry.pages.look import RECENT, SIZES, Look

FORMATS = (("CSV", "csv"), ("NDJSON", "ndjson"))


def recent(look: Look) -> dict[str, Any]:
    """The newest events by receipt."""
    items = look.events(RECENT)["events"]
    return {"lines": [event_line(item) for item in items], "is_empty": not items}


def listed(look: Look) -> dict[str, Any]:
    """A page of events by receipt, newest first."""
    answer = look.events(look.size, cursor=look.cursor)
    following = answer.get("next_cursor")
    is_counted = not look.filters.payload and not look.filters.target
    return {
        "lines": [event_line(item) for item in answer["events"]],
        "is_empty": not answer["events"],
        "total": look.counts("type")["total"] if is_counted else None,
        "older": following and _query(look, cursor=following),
        "newest": look.cursor and _query(look),
        "sizes": [(size, _query(look, size=size), size == look.size) for size in SIZES],
        "exports": [(name, _export(look.filters, form)) for name, form in FORMATS],
    }


def _query(look: Look, *, size: int = 0, cursor: str = "") -> str:
    more = {"size": size or look.size, **({"cursor": cursor} if cursor else {})}
    return f"{look.filters.query}&{urlencode(more)}"


def _export(filters: Filters, form: str) -> str:
    given = {
        "type": filters.type,
        "source": filters.source,
        **{f"payload.{key}": text for key, text in filters.payload},
    }
    chosen = {name: value for name, value in given.items() if value}
    return f"/v1/export?{urlencode({'format': form, **filters.span(), **chosen})}"


@require_safe
@readers_only
def event(request: HttpRequest, visitor: Visitor, event_id: str) -> HttpResponseBase:
    """GET /telemetry/events/<event_id>/: one event, as a page or as the content of the drawer."""
    look = visitor.look
    try:
        found = look.ask("events_show", event_id=event_id)
    except Failure as failure:
        if failure.code is Code.NOT_FOUND:
            raise Http404 from failure
        raise
    with db.read_tx():
        place = place_of(found)
    context = {
        "event": found,
        "line": event_line(found),
        "received_us": received(found),
        "payload": json.dumps(found["payload"], indent=2, ensure_ascii=False),
        "place": place,
    }
    is_drawer = request.headers.get("X-Fragment") == "drawer"
    response = render(request, f"telemetry/{'drawer' if is_drawer else 'event'}.html", context)
    patch_vary_headers(response, ["X-Fragment"])
    return response
