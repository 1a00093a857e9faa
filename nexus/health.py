"""What monitoring sees of the bus: its events by type, leases that ran out, inbox lanes, open handoffs."""

from django.db.models import Sum

from nexus import feed, log
from nexus.models import LaneCount, WorkspaceCount
from pulse_project.core import hub, metrics
from pulse_project.core.models import LogCounter
from pulse_project.core.tail.entries import Entry

LANES = ("unread", "delivered", "read", "parked")

_events = metrics.counter("pulse_bus_events_total", "Bus events that this process handed out.", "type")
_expiries = metrics.counter("pulse_lease_expiries_total", "Leases that ran out, as this process saw them.", "kind")


def _count(entry: Entry) -> None:
    if entry.log == feed.LETTER:
        _events.add(entry.type)
    if entry.type == "handoff.expired":
        _expiries.add("handoff")


def _head() -> float:
    return LogCounter.objects.filter(name=log.LOG_NAME).values_list("head", flat=True).first() or 0


def _lanes() -> metrics.Samples:
    sums = LaneCount.objects.aggregate(**{lane: Sum(lane) for lane in LANES})
    return [({"lane": lane}, sums[lane] or 0) for lane in LANES]


def _open_handoffs() -> float:
    return WorkspaceCount.objects.aggregate(total=Sum("open_handoffs"))["total"] or 0


hub.on_entry("", _count)
metrics.gauge("pulse_bus_log_head", "Highest number of the bus's event log.", _head)
metrics.gauge("pulse_inbox_deliveries", "Deliveries by stored lane, over all inboxes.", _lanes)
metrics.gauge("pulse_open_handoffs", "Handoffs that wait for somebody to claim them.", _open_handoffs)
