"""The panels of the overview: each one is built, fails and is fetched again by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from pulse_project.core.errors import Failure
from telemetry.metrics import phases, stop_reasons, verification
from telemetry.pages import counting, events, work
from telemetry.pages.look import Look

NOW, LATER = "telemetry:now from:body", "telemetry:later from:body"
SHOW = "telemetry:show"  # sent to the panel itself: its rows stay until the reader asks for the new ones


@dataclass(frozen=True)
class Panel:
    """A part of the page. `types`: the events that it is about, None = all. `address`: its figures as JSON."""

    name: str
    title: str
    build: Callable[[Look], dict[str, Any]]
    address: str = ""
    types: tuple[str, ...] | None = None
    trigger: str = LATER
    nothing: str = "No event"

    @property
    def template(self) -> str:
        return f"telemetry/panels/{self.name}.html"


OVERVIEW: Final = (
    Panel("tiles", "In short", counting.tiles, trigger=NOW),
    Panel("over-time", "Events over time", counting.over_time),
    Panel("by-type", "By type", counting.by_type, "/v1/metrics/counts?by=type"),
    Panel("by-source", "By source", counting.by_source, "/v1/metrics/counts?by=source"),
    Panel("verification", "Verification", work.verification, "/v1/metrics/verification", verification.TYPES),
    Panel("phases", "Phases", work.phases, "/v1/metrics/phases", phases.TYPES, nothing="No phase was closed"),
    Panel("recent", "Recent events", events.recent, trigger=SHOW),
    Panel(
        "stop-reasons",
        "Stop reasons",
        work.stop_reasons,
        "/v1/metrics/stop-reasons",
        stop_reasons.TYPES,
        nothing="No workflow stopped",
    ),
    Panel("durations", "Durations", work.durations, "/v1/metrics/durations", nothing="No event with duration_ms"),
)
LISTED: Final = Panel("events", "Events", events.listed, trigger=SHOW)
PANELS: Final = {panel.name: panel for panel in (*OVERVIEW, LISTED)}


def _json_url(panel: Panel, look: Look) -> str:
    """The address that answers the panel's figures as JSON, "" when there is none."""
    if not panel.address:
        return ""
    chosen = look.filters
    given = {**chosen.span(), "source": chosen.source}
    if panel.types is None:
        given["type"] = chosen.type
    if panel.name == "verification":
        given["target"] = chosen.target
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{panel.address}{'&' if '?' in panel.address else '?'}{query}"


def drawn(panel: Panel, look: Look) -> dict[str, Any]:
    """What the panel's template shows. `state` is full, empty, other_type or error; an error stays in its panel."""
    shown: dict[str, Any] = {
        "panel": panel,
        "filters": look.filters,
        "query": look.query,
        "is_live": not look.cursor,
        "json_url": _json_url(panel, look),
        "retry_url": f"?{look.query}#panel-{panel.name}",
        "clear_url": f"?{look.filters.without}",
        "nothing": f"{panel.nothing} in this span ({look.filters.label.lower()}).",
    }
    chosen = look.filters.type
    if chosen and panel.types is not None and chosen not in panel.types:
        return {**shown, "state": "other_type"}
    try:
        built = panel.build(look)
    except Failure as failure:
        return {**shown, "state": "error", "failure": failure}
    return {**shown, **built, "state": "empty" if built["is_empty"] else "full"}
